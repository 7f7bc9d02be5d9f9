import java.nio.charset.StandardCharsets;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.data.StringData;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.util.PropertyUtils;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.xform.parse.XFormParser;

/**
 * A finished form on the phone again, as Collect does it: what was sent is laid over the blank form, and on finalizing
 * the edit names it.
 *
 * <p>What was not relevant is not in the saved form, so that it is blank again, also ids that were made once.
 */
final class Edit {
    private Edit() {}

    /** Fills the blank form with a saved one. */
    static void restore(FormDef form, String saved) {
        TreeElement found = XFormParser.restoreDataModel(saved.getBytes(StandardCharsets.UTF_8), null).getRoot();
        TreeElement root = form.getMainInstance().getRoot().deepCopy(true);
        if (!found.getName().equals(root.getName())) {
            throw new IllegalArgumentException("saved is " + found.getName() + ", the form is " + root.getName());
        }
        root.populate(found, form);
        form.getMainInstance().setRoot(root);
    }

    /** The form that was opened for editing gets an id of its own and names the one that it takes the place of. */
    static void deprecate(FormEntryModel model) {
        TreeElement meta = model.getForm().getMainInstance().getRoot().getFirstChild("meta");
        TreeElement id = meta.getFirstChild("instanceID");
        TreeElement deprecated = new TreeElement("deprecatedID");
        meta.addChild(deprecated);
        deprecated.setAnswer(id.getValue());
        id.setAnswer(new StringData("uuid:" + PropertyUtils.genUUID()));
    }
}
