import java.io.File;
import java.io.InputStream;
import java.util.Map;
import java.util.TreeMap;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;

/**
 * Validates PDF files with veraPDF: {@code VeraCheck 3a,ua1 file.pdf...}. Prints a line for each profile and file, and
 * under it each rule that failed. Ends with 0 if all passed, 1 if a rule failed, 2 if a file could not be checked.
 */
public final class VeraCheck {
    private VeraCheck() {}

    public static void main(String[] arguments) {
        if (arguments.length < 2) {
            System.err.println("usage: VeraCheck PROFILE[,PROFILE...] FILE...");
            System.exit(2);
        }
        VeraGreenfieldFoundryProvider.initialise();
        int status = 0;
        for (int place = 1; place < arguments.length; place++) {
            for (String profile : arguments[0].split(",")) {
                status = Math.max(status, check(profile, new File(arguments[place])));
            }
        }
        System.exit(status);
    }

    private static int check(String id, File file) {
        PDFAFlavour flavour = PDFAFlavour.byFlavourId(id);
        try (PDFAParser parser = Foundries.defaultInstance().createParser(file, flavour);
                PDFAValidator validator = Foundries.defaultInstance().createValidator(profile(id), false)) {
            ValidationResult result = validator.validate(parser);
            System.out.printf("%s %s %s%n", result.isCompliant() ? "PASS" : "FAIL", id, file);
            failures(result).forEach((rule, text) -> System.out.println("    " + rule + ": " + text));
            return result.isCompliant() ? 0 : 1;
        } catch (Exception error) {
            System.out.printf("ERROR %s %s: %s%n", id, file, error);
            return 2;
        }
    }

    private static ValidationProfile profile(String id) throws Exception {
        String name = id.startsWith("ua") ? "PDFUA-" + id.substring(2) : "PDFA-" + id.toUpperCase();
        try (InputStream rules = VeraCheck.class.getResourceAsStream("/org/verapdf/pdfa/validation/" + name + ".xml")) {
            return Profiles.profileFromXml(rules);
        }
    }

    /** The first failure of each rule. */
    private static Map<String, String> failures(ValidationResult result) {
        Map<String, String> failures = new TreeMap<>();
        for (TestAssertion assertion : result.getTestAssertions()) {
            if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                String rule = assertion.getRuleId().getClause() + "-" + assertion.getRuleId().getTestNumber();
                String place = assertion.getLocation() == null ? "" : " at " + assertion.getLocation().getContext();
                failures.putIfAbsent(rule, assertion.getMessage() + place);
            }
        }
        return failures;
    }
}
