"""The queries of readers, and the places that their responses show."""
from observations import ABSENT, Impossible
from places import SettingThatComesAndGoes


class Query:
    def __init__(self, names=None, filters=None, with_metadata=False, prefix=""):
        """names: the settings; None for all. filters: the admitted values by feature, or None for all values; None for all rules.
        prefix: the beginning of the names of the settings that the request's token may see."""
        self.names, self.filters, self.with_metadata, self.prefix = names, filters, with_metadata, prefix
        parameters = []
        if names is not None:
            parameters.append("settings=" + ",".join(names))
        if filters is not None:
            parameters.append("context_filters=" + ",".join(
                f"{feature}:" + ("*" if values is None else f"({','.join(values)})") for feature, values in filters.items()))
        if with_metadata:
            parameters.append("include_metadata=true")
        self.target = "/api/v1/query" + ("?" + "&".join(parameters) if parameters else "")

    def limited_to(self, prefix):
        """The same query with a token that is limited to a prefix; None if the query names other settings, which is refused."""
        if all(name.startswith(prefix) for name in self.names or []):
            return Query(self.names, self.filters, self.with_metadata, prefix)
        return None

    def includes(self, name):
        """Whether the response has a setting."""
        return name.startswith(self.prefix) if self.names is None else name in self.names

    def admits(self, conditions):
        """Whether the response has rules with these conditions."""
        return self.filters is None or all(
            feature in self.filters and (self.filters[feature] is None or value in self.filters[feature])
            for feature, value in conditions.items())

    def observations(self, settings, places):
        """The places that a response shows, each with an observation. settings: the response's settings; None for the status 404."""
        if settings is None:
            gone = [place for place in places if isinstance(place, SettingThatComesAndGoes) and self.names
                    and place.settings[0] in self.names]
            return [(place, ABSENT) for place in gone] or [(places[0], Impossible("an unknown setting"))]
        if beyond := [name for name in settings if not name.startswith(self.prefix)]:
            return [(places[0], Impossible(f"settings that the token may not see: {beyond}"))]
        return [(place, place.observe(settings)) for place in places if place.is_shown_by(self)]
