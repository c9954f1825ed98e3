import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.ContextFeaturesApi;
import org.openapitools.client.api.EvaluationApi;
import org.openapitools.client.api.OpenFeatureApi;
import org.openapitools.client.api.QueryApi;
import org.openapitools.client.api.RulesApi;
import org.openapitools.client.api.SettingsApi;
import org.openapitools.client.model.*;

/** Uses the generated client for Java against a running service: java UseClient ADDRESS [planted]. */
public class UseClient {
    private static final String LIMIT = "clients.java.limit";
    private static final String THEME = "clients.java.theme";

    /** A response differs from the expected one. */
    private static class Difference extends RuntimeException {
        Difference(String message) {
            super(message);
        }
    }

    /** A request that the service refuses. */
    private interface Request {
        void send() throws ApiException;
    }

    public static void main(String[] arguments) throws Exception {
        try {
            use(arguments[0], arguments.length > 1 && arguments[1].equals("planted"));
        } catch (Difference difference) {
            System.out.println(difference.getMessage());
            System.exit(1);
        }
    }

    private static void expect(Object found, Object wanted, String subject) {
        if (!Objects.equals(found, wanted)) {
            throw new Difference(subject + ": " + found + " instead of " + wanted);
        }
    }

    /** Expects a status and, unless it is null, the text of the response. */
    private static ApiException refused(int status, String text, String subject, Request request) {
        try {
            request.send();
        } catch (ApiException error) {
            expect(error.getCode(), status, subject);
            if (text != null) {
                expect(error.getResponseBody(), text, subject);
            }
            return error;
        }
        throw new Difference(subject + " is not refused");
    }

    /** Reads the problems of a refused request. */
    private static ValidationProblem problem(ApiException error) throws Exception {
        return ApiClient.createDefaultObjectMapper().readValue(error.getResponseBody(), ValidationError.class).getDetail().get(0);
    }

    private static List<Object> location(ValidationProblem problem) {
        return problem.getLoc().stream().map(LocationStep::getActualInstance).toList();
    }

    private static SettingDeclaration declaration(String name, String type, Object value) {
        return new SettingDeclaration().name(name).configurableFeatures(new java.util.LinkedHashSet<>(List.of("environment", "tenant")))
            .type(type).defaultValue(value);
    }

    private static RuleAddition rule(Map<String, String> conditions, Object value) {
        return new RuleAddition().setting(LIMIT).featureValues(conditions).value(value).metadata(Map.of("ticket", "CHK-7"));
    }

    private static void use(String address, boolean changesRule) throws Exception {
        ApiClient client = new ApiClient();
        client.updateBaseUri(address);

        ContextFeaturesApi features = new ContextFeaturesApi(client);
        for (String name : List.of("tenant", "environment")) {
            features.addContextFeature(new NewContextFeature().contextFeature(name), null);
        }
        refused(409, "context feature already exists", "a known feature",
            () -> features.addContextFeature(new NewContextFeature().contextFeature("tenant"), null));
        features.moveContextFeature("environment", new ContextFeatureMove().toBefore("tenant"), null);
        List<String> values = List.of("production", "Müller & Söhne");
        features.setContextFeatureValues("environment", new ContextFeatureValues().values(values), null);
        expect(features.getContextFeatureValues("environment").getValues(), values, "the list of values");
        expect(features.getContextFeatureValues("tenant").getValues(), null, "any value");
        features.setContextFeatureValues("tenant", new ContextFeatureValues().values(null), null);
        refused(404, null, "an unknown feature", () -> features.getContextFeatureValues("none"));
        expect(features.listContextFeatures(true).getContextFeatures(), List.of("environment", "tenant"), "the features");
        expect(features.listContextFeatures(true).getValues(), Map.of("environment", values), "the lists of values");

        SettingsApi settings = new SettingsApi(client);
        expect(settings.declareSetting(declaration(LIMIT, "int", 50), null, null).getActualInstance().getClass(), DeclarationCreated.class, "a declaration");
        expect(settings.declareSetting(declaration(LIMIT, "int", 50), null, null).getActualInstance().getClass(), DeclarationUpToDate.class,
            "the same declaration");
        settings.declareSetting(declaration(THEME, "Enum[\"dark\",\"light\"]", "light"), null, null);
        ApiException mismatch = refused(409, null, "a mismatch", () -> settings.declareSetting(declaration(LIMIT, "int", 60), null, null));
        // The generator cannot tell the alternatives of a union apart if no member names them, so this is read as plain JSON.
        JsonNode conflict = ApiClient.createDefaultObjectMapper().readTree(mismatch.getResponseBody());
        expect(conflict.get("outcome").asText(), "mismatch", "the outcome of a mismatch");
        expect(conflict.get("differences").get(0).get("latest_value").asInt(), 50, "the stored default");
        ApiException invalid = refused(422, null, "a default of another type", () -> settings.declareSetting(declaration(LIMIT, "int", "many"), null, null));
        expect(location(problem(invalid)), List.of("body", "default_value"), "the location of a default of another type");
        expect(settings.getSetting(LIMIT, null).getDefaultValue(), 50, "a setting");
        expect(settings.listSettings(true).getSettings().stream().map(SettingSummary::getName).toList(), List.of(LIMIT, THEME), "the settings");
        refused(404, "the setting none does not exist", "an unknown setting", () -> settings.getSetting("none", null));

        RulesApi rules = new RulesApi(client);
        int id = rules.addRule(rule(Map.of("environment", "Müller & Söhne", "tenant", "acme"), 200), null).getRuleId();
        refused(409, "rule " + id + " has the same conditions", "a known rule",
            () -> rules.addRule(rule(Map.of("environment", "Müller & Söhne", "tenant", "acme"), 1), null));
        refused(400, "the value does not fit the type int", "a value of another type",
            () -> rules.addRule(rule(Map.of("tenant", "acme"), "many"), null));
        refused(422, "the setting none does not exist", "a rule of an unknown setting",
            () -> rules.addRule(rule(Map.of("tenant", "acme"), 1).setting("none"), null));
        invalid = refused(422, null, "a value outside the list", () -> rules.addRule(rule(Map.of("environment", "mars"), 1), null));
        expect(location(problem(invalid)), List.of("body", "feature_values", "environment"), "the location of a value outside the list");
        expect(rules.getRule(id, null).getFeatureValues(), List.of(List.of("environment", "Müller & Söhne"), List.of("tenant", "acme")),
            "the stored rule");
        expect(rules.searchRules(LIMIT, "tenant:acme,environment:\"Müller & Söhne\"").getRuleId(), id, "a search");
        if (changesRule) {
            rules.changeRuleValue(id, new RuleValueChange().value(201), null, null);
        }

        EvaluationApi evaluation = new EvaluationApi(client);
        Map<String, EvaluatedSetting> found =
            evaluation.evaluateSettings(List.of(LIMIT, THEME), "environment:Müller & Söhne,tenant:\"acme\"", null).getSettings();
        expect(found.get(LIMIT), new EvaluatedSetting().value(200).ruleId(id), "an evaluation");
        expect(found.get(THEME), new EvaluatedSetting().value("light").ruleId(null), "an evaluation of a default");
        invalid = refused(422, null, "a context outside the list", () -> evaluation.evaluateSettings(null, "tenant:acme,environment:mars", null));
        expect(location(problem(invalid)), List.of("query", "context"), "the location of a context outside the list");
        refused(400, "context names ['tenant'] more than once", "a repeated feature",
            () -> evaluation.evaluateSettings(null, "tenant:a,tenant:b", null));
        Explanation explanation = evaluation.explainSetting(LIMIT, "tenant:globex", null);
        expect(explanation.getRules().get(0).getOutcome(), RuleOutcome.DOES_NOT_MATCH, "an explanation");
        expect(explanation.getRules().get(0).getMismatches().get(0).getGiven(), null, "a feature that the context lacks");
        expect(new QueryApi(client).queryRules(List.of(LIMIT, THEME), "*", true, null).getSettings().get(LIMIT).getRules().get(0).getMetadata(),
            Map.of("ticket", "CHK-7"), "a query");

        OpenFeatureApi flags = new OpenFeatureApi(client);
        Flag flag = flags.evaluateFlag(LIMIT,
            new FlagEvaluationRequest().context(Map.of("environment", "Müller & Söhne", "tenant", "acme", "unknown", List.of(1))));
        expect(flag.getValue(), 200, "a flag");
        expect(flag.getReason(), FlagReason.TARGETING_MATCH, "the reason of a flag");
        refused(400, null, "a flag in a context outside the list",
            () -> flags.evaluateFlag(LIMIT, new FlagEvaluationRequest().context(Map.of("environment", "mars"))));
        refused(404, null, "an unknown flag", () -> flags.evaluateFlag("none", new FlagEvaluationRequest()));

        rules.deleteRule(id, null, null);
        refused(404, null, "a second deletion", () -> rules.deleteRule(id, null, null));
    }
}
