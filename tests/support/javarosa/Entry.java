import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.javarosa.core.model.Constants;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.FormIndex;
import org.javarosa.core.model.SelectChoice;
import org.javarosa.core.model.ValidateOutcome;
import org.javarosa.core.model.data.AnswerDataFactory;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.data.MultipleItemsData;
import org.javarosa.core.model.data.SelectMultiData;
import org.javarosa.core.model.data.SelectOneData;
import org.javarosa.core.model.data.StringData;
import org.javarosa.core.model.data.UncastData;
import org.javarosa.core.model.data.helper.Selection;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.model.instance.TreeReference;
import org.javarosa.form.api.FormEntryCaption;
import org.javarosa.form.api.FormEntryController;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.form.api.FormEntryPrompt;
import org.javarosa.model.xform.XFormSerializingVisitor;
import org.javarosa.model.xform.XPathReference;
import org.javarosa.xpath.XPathConditional;

/** One form being filled, screen by screen, as a person at the phone goes through it. */
final class Entry {
    private static final Pattern STEP = Pattern.compile("([^/\\[]+)(?:\\[(\\d+)\\])?");

    private final FormDef form;
    private final FormEntryModel model;
    private final FormEntryController controller;

    /** Begins a new form, or one that was {@code saved} when it was finalized; that is blank where there is none. */
    Entry(FormDef form, Glue.PullData pullData, String saved) {
        this.form = form;
        form.addFunctionHandler(pullData);
        form.getPreloader().addPreloadHandler(new Glue.TimeStamps());
        model = new FormEntryModel(form);
        controller = new FormEntryController(model);
        if (!saved.isEmpty()) {
            Edit.restore(form, saved);
            controller.addPostProcessor(Edit::deprecate);
        }
        form.initialize(saved.isEmpty(), new InstanceInitializationFactory());
    }

    String[] languages() {
        return model.getLanguages();
    }

    void language(String name) {
        controller.setLanguage(name);
    }

    /** Goes to the question and types the value. What comes back: "ok", "not asked", or why the phone refuses it. */
    String[] answer(String path, String value) {
        FormEntryPrompt prompt = goTo(path);
        if (prompt == null) {
            return new String[] {"not asked"};
        }
        if (prompt.isReadOnly()) {
            return new String[] {"read only"};
        }
        IAnswerData data = value.isEmpty() ? null : data(prompt, value);
        switch (controller.answerQuestion(model.getFormIndex(), data, true)) {
            case FormEntryController.ANSWER_CONSTRAINT_VIOLATED:
                return new String[] {"violated", text(prompt.getConstraintText(data))};
            case FormEntryController.ANSWER_REQUIRED_BUT_EMPTY:
                return new String[] {"required", requiredText(prompt)};
            default:
                return new String[] {"ok"};
        }
    }

    boolean asks(String path) {
        return goTo(path) != null;
    }

    /** Value and label of each choice on the screen, in its order; null where the question is not asked. */
    List<String[]> choices(String path) {
        FormEntryPrompt prompt = goTo(path);
        if (prompt == null) {
            return null;
        }
        List<String[]> offered = new ArrayList<>();
        for (SelectChoice choice : prompt.getSelectChoices()) {
            offered.add(new String[] {choice.getValue(), text(prompt.getSelectChoiceText(choice))});
        }
        return offered;
    }

    /** Takes the instance of a repeat away, as with a long press on the phone. */
    boolean remove(String path) {
        List<Step> wanted = steps(path);
        controller.jumpToIndex(FormIndex.createBeginningOfFormIndex());
        for (int event = controller.stepToNextEvent(); event != FormEntryController.EVENT_END_OF_FORM;
                event = controller.stepToNextEvent()) {
            if (event == FormEntryController.EVENT_REPEAT && matches(model.getFormIndex().getReference(), wanted)) {
                controller.jumpToIndex(controller.deleteRepeat());
                return true;
            }
        }
        return false;
    }

    /** What the screens show now: path, kind, label, hint and answer of each group and question, in order. */
    List<String[]> screens() {
        List<String[]> seen = new ArrayList<>();
        FormIndex here = model.getFormIndex();
        controller.jumpToIndex(FormIndex.createBeginningOfFormIndex());
        for (int event = controller.stepToNextEvent(); event != FormEntryController.EVENT_END_OF_FORM;
                event = controller.stepToNextEvent()) {
            String path = path(model.getFormIndex());
            if (event == FormEntryController.EVENT_QUESTION) {
                FormEntryPrompt prompt = model.getQuestionPrompt();
                String answer = text(prompt.getAnswerText());
                String hint = text(prompt.getHelpText());
                seen.add(new String[] {path, "question", text(prompt.getQuestionText()), hint, answer});
            } else if (event == FormEntryController.EVENT_GROUP || event == FormEntryController.EVENT_REPEAT) {
                FormEntryCaption caption = model.getCaptionPrompt();
                String kind = event == FormEntryController.EVENT_GROUP ? "group" : "repeat";
                seen.add(new String[] {path, kind, text(caption.getQuestionText()), "", ""});
            }
        }
        controller.jumpToIndex(here);
        return seen;
    }

    /** The value of any XPath expression, as text. */
    String value(String expression) throws Exception {
        return new XPathConditional(expression).evalReadable(form.getMainInstance(), form.getEvaluationContext());
    }

    /** The first thing that keeps the form from being finalized: what, path, message; null where nothing does. */
    String[] obstacle() {
        toTheEnd();
        ValidateOutcome outcome = form.validate(true);
        if (outcome == null) {
            return null;
        }
        FormEntryPrompt prompt = model.getQuestionPrompt(outcome.failedPrompt);
        boolean required = outcome.outcome == FormEntryController.ANSWER_REQUIRED_BUT_EMPTY;
        String message = required ? requiredText(prompt) : text(prompt.getConstraintText(prompt.getAnswerValue()));
        return new String[] {required ? "required" : "violated", path(outcome.failedPrompt), message};
    }

    /** The submission as Collect writes it: only what is relevant, with the time stamps of the end. */
    String submission() throws IOException {
        controller.finalizeFormEntry();
        byte[] xml = new XFormSerializingVisitor().serializeInstance(form.getMainInstance(), new XPathReference("/"));
        return new String(xml, StandardCharsets.UTF_8);
    }

    /** Moves on, and once more from the start, until the question is on the screen; null where it is not asked. */
    private FormEntryPrompt goTo(String path) {
        List<Step> wanted = steps(path);
        if (model.getEvent() == FormEntryController.EVENT_QUESTION
                && matches(model.getFormIndex().getReference(), wanted)
                && model.isIndexRelevant()) {
            return model.getQuestionPrompt();
        }
        for (int round = 0; round < 2; round++) {
            int event = controller.stepToNextEvent();
            while (event != FormEntryController.EVENT_END_OF_FORM) {
                TreeReference place = model.getFormIndex().getReference();
                if (event == FormEntryController.EVENT_QUESTION && matches(place, wanted)) {
                    return model.getQuestionPrompt();
                }
                if (event == FormEntryController.EVENT_PROMPT_NEW_REPEAT && leadsTo(place, wanted)) {
                    controller.newRepeat();
                }
                event = controller.stepToNextEvent();
            }
            controller.jumpToIndex(FormIndex.createBeginningOfFormIndex());
        }
        return null;
    }

    /** Swipes through the whole form: on the way repeats with a count get as many instances as they should have. */
    private void toTheEnd() {
        controller.jumpToIndex(FormIndex.createBeginningOfFormIndex());
        while (controller.stepToNextEvent() != FormEntryController.EVENT_END_OF_FORM) {}
    }

    private IAnswerData data(FormEntryPrompt prompt, String value) {
        switch (prompt.getControlType()) {
            case Constants.CONTROL_SELECT_ONE:
                return new SelectOneData(selection(prompt, value));
            case Constants.CONTROL_SELECT_MULTI:
                return new SelectMultiData(selections(prompt, value));
            case Constants.CONTROL_RANK:
                return new MultipleItemsData(selections(prompt, value));
            case Constants.CONTROL_IMAGE_CHOOSE:
            case Constants.CONTROL_AUDIO_CAPTURE:
            case Constants.CONTROL_VIDEO_CAPTURE:
            case Constants.CONTROL_FILE_CAPTURE:
                return new StringData(value);
            default:
                return AnswerDataFactory.template(prompt.getControlType(), prompt.getDataType())
                        .cast(new UncastData(value));
        }
    }

    private List<Selection> selections(FormEntryPrompt prompt, String values) {
        List<Selection> chosen = new ArrayList<>();
        for (String value : values.split(" ")) {
            chosen.add(selection(prompt, value));
        }
        return chosen;
    }

    private Selection selection(FormEntryPrompt prompt, String value) {
        List<String> offered = new ArrayList<>();
        for (SelectChoice choice : prompt.getSelectChoices()) {
            if (choice.getValue().equals(value)) {
                return choice.selection();
            }
            offered.add(choice.getValue());
        }
        throw new IllegalArgumentException("the screen does not offer " + value + ", only " + offered);
    }

    /** The message beside an empty required question: the form's own, in the language of the screen. */
    private String requiredText(FormEntryPrompt prompt) {
        for (TreeElement attribute : prompt.getBindAttributes()) {
            if (attribute.getName().equals("requiredMsg")) {
                String written = attribute.getAttributeValue();
                Matcher reference = Pattern.compile("jr:itext\\('(.*)'\\)").matcher(text(written));
                return text(reference.matches() ? form.getLocalizer().getText(reference.group(1)) : written);
            }
        }
        return "";
    }

    private static String text(String maybe) {
        return maybe == null ? "" : maybe;
    }

    /** JavaRosa numbers every step of a path; only the later ones of a repeat are worth it: /data/ibu[2]/nama. */
    private static String path(FormIndex place) {
        return place.getReference().toString(true).replace("[1]", "");
    }

    private static final class Step {
        final String name;
        final int index;

        Step(String name, int index) {
            this.name = name;
            this.index = index;
        }
    }

    /** "/data/ibu[2]/nama" as names with the place among their likes, counted from 0. */
    private static List<Step> steps(String path) {
        List<Step> steps = new ArrayList<>();
        Matcher matcher = STEP.matcher(path);
        while (matcher.find()) {
            int index = matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2)) - 1;
            steps.add(new Step(matcher.group(1), index));
        }
        return steps;
    }

    private static boolean matches(TreeReference place, List<Step> wanted) {
        return place.size() == wanted.size() && leadsTo(place, wanted);
    }

    private static boolean leadsTo(TreeReference place, List<Step> wanted) {
        if (place.size() > wanted.size()) {
            return false;
        }
        for (int i = 0; i < place.size(); i++) {
            Step step = wanted.get(i);
            if (!place.getName(i).equals(step.name) || Math.max(place.getMultiplicity(i), 0) != step.index) {
                return false;
            }
        }
        return true;
    }
}
