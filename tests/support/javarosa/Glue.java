import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.javarosa.core.model.actions.setgeopoint.SetGeopointAction;
import org.javarosa.core.model.actions.setgeopoint.SetGeopointActionHandler;
import org.javarosa.core.model.condition.EvaluationContext;
import org.javarosa.core.model.condition.IFunctionHandler;
import org.javarosa.core.model.data.DateTimeData;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.instance.CsvExternalInstance;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.model.instance.TreeReference;
import org.javarosa.core.model.utils.IPreloadHandler;
import org.javarosa.core.reference.Reference;
import org.javarosa.core.reference.ReferenceFactory;
import org.javarosa.core.reference.ReferenceManager;
import org.javarosa.core.services.IPropertyManager;
import org.javarosa.core.services.PropertyManager;
import org.javarosa.core.services.properties.IPropertyRules;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.parse.XFormParser;
import org.javarosa.xpath.expr.XPathFuncExpr;

/** What Collect brings to JavaRosa and JavaRosa lacks: files, the phone's clock and properties, pulldata(), position. */
final class Glue {
    /** Properties that preloads ask for: deviceid, username, email, phonenumber. */
    static final Map<String, String> properties = new HashMap<>();

    /** The position that the phone knows, as "latitude longitude altitude accuracy"; empty while it knows none. */
    static String position = "";

    /** The day on the phone's clock, as 2026-03-05; empty for the computer's own clock. */
    static String today = "";

    private static final long BEGAN = System.nanoTime();

    /** Milliseconds from the engine's beginning to the moment that it last told. */
    private static long sinceBegan = -1;

    private Glue() {}

    static void install() {
        new XFormsModule().registerModule();
        PropertyManager.setPropertyManager(new PhoneProperties());
        XFormParser.registerActionHandler("setgeopoint", new PositionHandler());
    }

    /** jr://file/x, jr://file-csv/x, jr://images/x all mean the file x in the form's media folder. */
    static void useMediaFolder(File folder) {
        ReferenceManager manager = ReferenceManager.instance();
        manager.reset();
        manager.addReferenceFactory(new FolderReferences(folder));
    }

    private static final class FolderReferences implements ReferenceFactory {
        private final File folder;

        FolderReferences(File folder) {
            this.folder = folder;
        }

        @Override
        public boolean derives(String uri) {
            return uri.startsWith("jr://");
        }

        @Override
        public Reference derive(String uri) {
            return new FileReference(uri, new File(folder, uri.substring(uri.lastIndexOf('/') + 1)));
        }

        @Override
        public Reference derive(String uri, String context) {
            return derive(uri);
        }
    }

    private static final class FileReference implements Reference {
        private final String uri;
        private final File file;

        FileReference(String uri, File file) {
            this.uri = uri;
            this.file = file;
        }

        @Override
        public boolean doesBinaryExist() {
            return file.exists();
        }

        @Override
        public InputStream getStream() throws IOException {
            return new FileInputStream(file);
        }

        @Override
        public String getURI() {
            return uri;
        }

        @Override
        public String getLocalURI() {
            return file.getAbsolutePath();
        }

        @Override
        public boolean isReadOnly() {
            return true;
        }

        @Override
        public OutputStream getOutputStream() {
            throw new UnsupportedOperationException("media files are only read");
        }

        @Override
        public void remove() {
            throw new UnsupportedOperationException("media files are only read");
        }

        @Override
        public Reference[] probeAlternativeReferences() {
            return new Reference[0];
        }
    }

    private static final class PhoneProperties implements IPropertyManager {
        @Override
        public String getSingularProperty(String name) {
            return properties.get(name.toLowerCase());
        }

        @Override
        public List<String> getProperty(String name) {
            return List.of(properties.getOrDefault(name.toLowerCase(), ""));
        }

        // A preload writes back at the end what it read at the start: the phone stays as it is.
        @Override
        public void setProperty(String name, String value) {}

        @Override
        public void setProperty(String name, List<String> values) {}

        @Override
        public void addRules(IPropertyRules rules) {}

        @Override
        public List<IPropertyRules> getRules() {
            return List.of();
        }
    }

    /**
     * The time on the phone: it was nine in the morning when the engine began, whatever the day. No two moments are the
     * same: a form holds whole milliseconds, and the engine begins and ends one faster than any hand.
     */
    private static Date now() {
        if (today.isEmpty()) {
            return new Date();
        }
        sinceBegan = Math.max(sinceBegan + 1, Duration.ofNanos(System.nanoTime() - BEGAN).toMillis());
        LocalDateTime began = LocalDate.parse(today).atTime(9, 0);
        return Date.from(began.atZone(ZoneId.systemDefault()).toInstant().plusMillis(sinceBegan));
    }

    /** The form's start and end by the phone's clock; JavaRosa's own handler asks the computer's. */
    static final class TimeStamps implements IPreloadHandler {
        @Override
        public String preloadHandled() {
            return "timestamp";
        }

        @Override
        public IAnswerData handlePreload(String which) {
            return which.equals("start") ? new DateTimeData(now()) : null;
        }

        @Override
        public boolean handlePostProcess(TreeElement node, String which) {
            if (!which.equals("end")) {
                return false;
            }
            node.setAnswer(new DateTimeData(now()));
            return true;
        }
    }

    /** pulldata('file', 'column', 'key column', key): from the first row of file.csv that fits, else empty. The name
     * may have its ending. */
    static final class PullData implements IFunctionHandler {
        private final File folder;
        private final Map<String, Map<String, TreeElement>> rowsByKey = new HashMap<>();

        PullData(File folder) {
            this.folder = folder;
        }

        @Override
        public String getName() {
            return "pulldata";
        }

        @Override
        public List<Class[]> getPrototypes() {
            return new ArrayList<>();
        }

        @Override
        public boolean rawArgs() {
            return true;
        }

        @Override
        public boolean realTime() {
            return false;
        }

        @Override
        public Object eval(Object[] arguments, EvaluationContext context) {
            String file = XPathFuncExpr.toString(arguments[0]).replaceFirst("\\.csv$", "");
            String column = XPathFuncExpr.toString(arguments[1]);
            String keyColumn = XPathFuncExpr.toString(arguments[2]);
            String key = XPathFuncExpr.toString(arguments[3]);
            TreeElement row = rowsByKey.computeIfAbsent(file + "/" + keyColumn, x -> index(file, keyColumn)).get(key);
            return row == null || key.isEmpty() ? "" : text(row.getFirstChild(column));
        }

        private Map<String, TreeElement> index(String file, String keyColumn) {
            Map<String, TreeElement> rows = new HashMap<>();
            for (TreeElement row : read(file).getChildrenWithName("item")) {
                rows.putIfAbsent(text(row.getFirstChild(keyColumn)), row);
            }
            return rows;
        }

        private TreeElement read(String file) {
            try {
                return new CsvExternalInstance().parse(file, new File(folder, file + ".csv").getPath());
            } catch (IOException problem) {
                throw new UncheckedIOException("pulldata: " + file + ".csv", problem);
            }
        }

        private static String text(TreeElement cell) {
            IAnswerData value = cell == null ? null : cell.getValue();
            return value == null ? "" : value.getDisplayText();
        }
    }

    private static final class PositionHandler extends SetGeopointActionHandler {
        @Override
        public SetGeopointAction getSetGeopointAction() {
            return new Position();
        }
    }

    /** start-geopoint: written at once where the phone knows where it is, never otherwise. */
    public static final class Position extends SetGeopointAction {
        public Position() {
            super();
        }

        public Position(TreeReference target) {
            super(target);
        }

        @Override
        public void requestLocationUpdates() {
            if (!position.isEmpty()) {
                saveLocationValue(position);
            }
        }
    }
}
