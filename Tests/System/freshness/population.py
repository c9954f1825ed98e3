"""Creates the settings and the rules of all places, each at the number 0."""
import places
from lab.following import ROLLED_BACK
from writers import APIWriter


def populate(run, cluster):
    writer = APIWriter(run, "a", 0)
    for feature in places.FEATURES:
        writer.send("POST", "/context_features", {"context_feature": feature})
    for place in run.places:
        setting = place.settings[0]
        match place:
            case places.DefaultValue() | places.Name():
                writer.declare(setting, 0)
            case places.RuleThatComesAndGoes() | places.RuleMetadata() | places.SettingThatComesAndGoes():
                # No other place declares this setting.
                if place.owner == "ddl":
                    writer.declare(setting, 0)
            case places.Alias():
                cluster.sql(f"INSERT INTO setting_aliases (setting, alias) VALUES ('{setting}', '{place.settings[2]}')")
            case _:
                if place.owner == "ddl":
                    writer.declare(setting, 0)
                conditions = {feature: value or "u0" for feature, value in place.conditions.items()}
                writer.add_rule(setting, conditions, 0)
                place.rule = writer.rule(setting, conditions)
        if isinstance(place, places.RuleMetadata):
            place.rule = writer.rule(setting, place.conditions)
    writer.declare(ROLLED_BACK, 0)
    # Both names of these settings are valid from the beginning.
    for place in run.places:
        if isinstance(place, places.Name):
            cluster.sql("INSERT INTO setting_aliases (setting, alias) VALUES ('{}', '{}')".format(*place.settings))
