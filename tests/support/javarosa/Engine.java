import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.instance.FormInstance;
import org.javarosa.xform.util.XFormUtils;

/**
 * The form engine of ODK Collect without a screen: reads commands from standard input, answers on standard output.
 *
 * <p>A command is a line of fields with tabs between them, an answer is any number of lines "row TAB field ..." and one
 * line "ok TAB field ..." or "error TAB message". In a field, backslash, tab, line feed and carriage return are written
 * as \\ \t \n \r. Questions are named by their path, such as /data/ibu[2]/nama.
 */
public final class Engine {
    private static final String[] NOTHING = {};

    private final PrintStream out;
    private Entry entry;
    private FormDef form;
    private FormInstance blank;
    private Glue.PullData pullData;
    private long fingerprint;

    private Engine(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] arguments) throws IOException {
        PrintStream out = new PrintStream(System.out, false, "UTF-8");
        System.setOut(System.err); // JavaRosa prints notes of its own
        Glue.install();
        new Engine(out).serve(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
    }

    private void serve(BufferedReader in) throws IOException {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] fields = line.split("\t", -1);
            for (int i = 0; i < fields.length; i++) {
                fields[i] = unescaped(fields[i]);
            }
            try {
                say("ok", obey(fields[0], Arrays.copyOfRange(fields, 1, fields.length)));
            } catch (Exception | StackOverflowError problem) {
                say("error", problem.toString());
            }
            out.flush();
        }
    }

    private String[] obey(String command, String[] given) throws Exception {
        switch (command) {
            case "device":
                Glue.properties.put(given[0], given[1]);
                return NOTHING;
            case "position":
                Glue.position = given[0];
                return NOTHING;
            case "open":
                return open(new File(given[0]), new File(given[1]), given[2], given[3]);
            case "language":
                entry.language(given[0]);
                return NOTHING;
            case "answer":
                return entry.answer(given[0], given[1]);
            case "asks":
                return new String[] {Boolean.toString(entry.asks(given[0]))};
            case "remove":
                return new String[] {Boolean.toString(entry.remove(given[0]))};
            case "choices":
                return rows(entry.choices(given[0]));
            case "screens":
                return rows(entry.screens());
            case "value":
                return new String[] {entry.value(given[0])};
            case "obstacle":
                String[] obstacle = entry.obstacle();
                return obstacle == null ? NOTHING : obstacle;
            case "submission":
                return new String[] {entry.submission()};
            default:
                throw new IllegalArgumentException("no such command: " + command);
        }
    }

    /**
     * Begins a new entry, or the edit of a saved one; answers with the form's languages. A form is read again only where
     * a file has changed.
     */
    private String[] open(File file, File media, String today, String saved) throws Exception {
        CRC32 seen = new CRC32();
        seen.update((file + "|" + media + "|" + today).getBytes(StandardCharsets.UTF_8));
        byte[] xml = Files.readAllBytes(file.toPath());
        seen.update(xml);
        File[] files = media.listFiles();
        Arrays.sort(files);
        for (File one : files) {
            seen.update(one.getName().getBytes(StandardCharsets.UTF_8));
            seen.update(Files.readAllBytes(one.toPath()));
        }
        if (form == null || fingerprint != seen.getValue()) {
            form = null;
            Glue.useMediaFolder(media);
            form = XFormUtils.getFormFromInputStream(new ByteArrayInputStream(on(today, xml)));
            blank = form.getMainInstance().clone();
            pullData = new Glue.PullData(media);
            fingerprint = seen.getValue();
        }
        form.setInstance(blank.clone());
        Glue.today = today;
        entry = new Entry(form, pullData, saved);
        String[] languages = entry.languages();
        return languages == null ? NOTHING : languages;
    }

    /** The form as it behaves on another day: JavaRosa asks the computer's clock, and takes no other. */
    private static byte[] on(String today, byte[] xml) {
        if (today.isEmpty()) {
            return xml;
        }
        String text = new String(xml, StandardCharsets.UTF_8)
                .replace("today()", "date('" + today + "')")
                .replace("now()", "date-time('" + today + "T09:00:00.000+07:00')");
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private String[] rows(List<String[]> rows) {
        if (rows == null) {
            return new String[] {"not asked"};
        }
        for (String[] row : rows) {
            say("row", row);
        }
        return NOTHING;
    }

    private void say(String kind, String... fields) {
        StringBuilder line = new StringBuilder(kind);
        for (String field : fields) {
            line.append('\t').append(escaped(field));
        }
        out.print(line.append('\n'));
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r");
    }

    private static String unescaped(String text) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                plain.append(c);
                continue;
            }
            char next = text.charAt(++i);
            plain.append(next == 't' ? '\t' : next == 'n' ? '\n' : next == 'r' ? '\r' : next);
        }
        return plain.toString();
    }
}
