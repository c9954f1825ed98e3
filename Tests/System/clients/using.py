"""Uses the generated client for Python, and the generated models, against a running service."""
from heksher_client import AuthenticatedClient
from heksher_client.api.context_features import (
    add_context_feature, get_context_feature_values, list_context_features, move_context_feature, set_context_feature_values)
from heksher_client.api.evaluation import evaluate_settings, explain_setting
from heksher_client.api.open_feature import evaluate_flag, evaluate_flags
from heksher_client.api.query import query_rules
from heksher_client.api.rules import add_rule, change_rule_value, delete_rule, get_rule, search_rules
from heksher_client.api.settings import change_setting_type, declare_setting, get_setting, list_settings
from heksher_client.models import (
    AttributeDifference, ContextFeatureMove, ContextFeatureValues, DeclarationCreated, DeclarationMismatch, DeclarationUpToDate,
    FlagEvaluationRequest, FlagEvaluationRequestContext, NewContextFeature, RuleAddition, RuleAdditionFeatureValues,
    RuleAdditionMetadata, RuleValueChange, SettingDeclaration, SettingTypeChange)
from heksher_models import DeclarationOutcome, Evaluation, Explanation, QueryResult, Setting

LIMIT, THEME = "clients.python.limit", "clients.python.theme"


class Difference(Exception):
    """A response differs from the expected one."""


def expect(found, wanted, subject):
    if found != wanted:
        raise Difference(f"{subject}: {found!r} instead of {wanted!r}")


def use(base, changes_rule=False):
    """changes_rule: whether to change the value of the rule before it is evaluated, which must be noticed."""
    # The service of this check asks for no token; a client may send one nevertheless.
    client = AuthenticatedClient(base_url=base, token="any")

    def ask(operation, *arguments, **more):
        """The status and the content of a response."""
        response = operation.sync_detailed(*arguments, client=client, **more)
        return response.status_code.value, response.parsed

    def declare(name, type, default, **more):
        return ask(declare_setting, body=SettingDeclaration(name, ["environment", "tenant"], type, default, **more))

    def add(values, value, setting=LIMIT):
        conditions, metadata = RuleAdditionFeatureValues(), RuleAdditionMetadata()
        conditions.additional_properties, metadata.additional_properties = values, {"ticket": "CHK-7"}
        return ask(add_rule, body=RuleAddition(setting, conditions, value, metadata))

    # Context features
    for feature in ["tenant", "environment"]:
        expect(ask(add_context_feature, body=NewContextFeature(feature))[0], 204, feature)
    expect(ask(add_context_feature, body=NewContextFeature("tenant")), (409, "context feature already exists"), "a known feature")
    expect(ask(move_context_feature, "environment", body=ContextFeatureMove(to_before="tenant"))[0], 204, "a move")
    values = ContextFeatureValues(["production", "Müller & Söhne"])
    expect(ask(set_context_feature_values, "environment", body=values)[0], 204, "a list of values")
    expect(ask(get_context_feature_values, "environment"), (200, values), "the list of values")
    expect(ask(get_context_feature_values, "tenant")[1].values, None, "any value")
    expect(ask(get_context_feature_values, "none")[0], 404, "an unknown feature")
    status, features = ask(list_context_features, include_values=True)
    expect((status, features.context_features), (200, ["environment", "tenant"]), "the features")
    expect(features.values.to_dict(), {"environment": values.values}, "the lists of values")

    # Declarations
    expect(type(declare(LIMIT, "int", 50)[1]), DeclarationCreated, "a declaration")
    expect(type(declare(LIMIT, "int", 50)[1]), DeclarationUpToDate, "the same declaration")
    expect(type(declare(THEME, 'Enum["dark","light"]', "light", alias=None)[1]), DeclarationCreated, "another declaration")
    status, mismatch = declare(LIMIT, "int", 60)
    expect((status, type(mismatch), type(mismatch.differences[0])), (409, DeclarationMismatch, AttributeDifference), "a mismatch")
    expect(mismatch.differences[0].latest_value, 50, "the stored default")
    status, invalid = declare(LIMIT, "int", "many")
    expect((status, invalid.detail[0].loc), (422, ["body", "default_value"]), "a default of another type")
    expect(ask(get_setting, LIMIT)[1].configurable_features, ["environment", "tenant"], "a setting")
    expect([s.name for s in ask(list_settings, include_additional_data=True)[1].settings], [LIMIT, THEME], "the settings")
    expect(ask(get_setting, "none"), (404, "the setting none does not exist"), "an unknown setting")
    expect(
        ask(change_setting_type, LIMIT, body=SettingTypeChange("str", "2.0"))[1].conflicts,
        ["the default value 50 does not fit the type str"], "a type that does not fit")

    # Rules
    status, rule = add({"environment": "Müller & Söhne", "tenant": "acme"}, 200)
    expect(status, 201, "a rule")
    expect(
        add({"tenant": "acme", "environment": "Müller & Söhne"}, 1), (409, f"rule {rule.rule_id} has the same conditions"), "a known rule")
    expect(add({"tenant": "acme"}, "many"), (400, "the value does not fit the type int"), "a value of another type")
    expect(add({"user": "ann"}, 1)[0], 400, "a condition on another feature")
    status, invalid = add({"environment": "mars"}, 1)
    expect((status, invalid.detail[0].loc), (422, ["body", "feature_values", "environment"]), "a value outside the list")
    stored = ask(get_rule, rule.rule_id)[1]
    expect(
        (stored.value, stored.feature_values, stored.metadata.to_dict()),
        (200, [["environment", "Müller & Söhne"], ["tenant", "acme"]], {"ticket": "CHK-7"}), "the stored rule")
    found = ask(search_rules, setting=LIMIT, feature_values='tenant:acme,environment:"Müller & Söhne"')[1]
    expect(found, rule, "a search")
    if changes_rule:
        expect(ask(change_rule_value, rule.rule_id, body=RuleValueChange(201))[0], 204, "a change")

    # Values
    context = 'environment:Müller & Söhne,tenant:"acme"'
    status, values = ask(evaluate_settings, settings=[LIMIT, THEME], context=context)
    found = {name: (setting.value, setting.rule_id) for name, setting in values.settings.additional_properties.items()}
    expect((status, found), (200, {LIMIT: (200, rule.rule_id), THEME: ("light", None)}), "an evaluation")
    status, invalid = ask(evaluate_settings, context="tenant:acme,environment:mars")
    expect((status, invalid.detail[0].ctx["pos"]), (422, 24), "a context outside the list")
    expect(ask(evaluate_settings, context="tenant:a,tenant:b"), (400, "context names ['tenant'] more than once"), "a repeated feature")
    expect(ask(evaluate_settings, settings=["none"]), (404, "the settings ['none'] do not exist"), "an unknown setting")
    explanation = ask(explain_setting, setting=LIMIT, context="tenant:globex")[1]
    expect((explanation.value, explanation.rule_id, explanation.rules[0].outcome.value), (50, None, "does_not_match"), "an explanation")
    expect(explanation.rules[0].mismatches[0].given, None, "a feature that the context lacks")
    result = ask(query_rules, settings=[LIMIT, THEME], context_filters="*")
    expect(result[1].settings.additional_properties[LIMIT].rules[0].rule_id, rule.rule_id, "a query")

    # Flags
    def attributes(**attributes):
        context = FlagEvaluationRequestContext()
        context.additional_properties = attributes
        return FlagEvaluationRequest(context)

    flag = ask(evaluate_flag, LIMIT, body=attributes(environment="Müller & Söhne", tenant="acme"))[1]
    expect((flag.value, flag.reason.value, flag.variant), (200, "TARGETING_MATCH", f"rule-{rule.rule_id}"), "a flag")
    expect([flag.key for flag in ask(evaluate_flags, body=FlagEvaluationRequest())[1].flags], [LIMIT, THEME], "all flags")
    status, failure = ask(evaluate_flag, LIMIT, body=attributes(environment="mars"))
    expect((status, failure.error_code.value), (400, "INVALID_CONTEXT"), "a flag in a context outside the list")
    status, failure = ask(evaluate_flag, "none", body=FlagEvaluationRequest())
    expect((status, failure.error_code), (404, "FLAG_NOT_FOUND"), "an unknown flag")

    use_models(client)
    expect(ask(delete_rule, rule.rule_id)[0], 204, "a deletion")
    expect(ask(delete_rule, rule.rule_id)[0], 404, "a second deletion")


def use_models(client):
    """Reads responses with the generated models, which check all that the contract says about them."""
    http = client.get_httpx_client()

    def get(path, model):
        return model.model_validate_json(http.get(f"/api/v1/{path}").content)

    expect(get(f"settings/{LIMIT}", Setting).default_value, 50, "the model of a setting")
    expect(get("query?include_metadata=true", QueryResult).settings[LIMIT].rules[0].value, 200, "the model of a query")
    expect(get("evaluate?context=tenant:acme", Evaluation).settings[THEME].value, "light", "the model of an evaluation")
    expect(get(f"explain?setting={LIMIT}", Explanation).rules[0].outcome.value, "does_not_match", "the model of an explanation")
    declaration = {"name": LIMIT, "configurable_features": ["environment", "tenant"], "type": "int", "default_value": 50}
    outcome = DeclarationOutcome.model_validate_json(http.post("/api/v1/settings/declare", json=declaration).content)
    expect(outcome.root.outcome, "uptodate", "the model of a declaration's outcome")
