"""Requests without bodies: long targets, and header fields."""
from cases import ANY, REFUSED, counted, head, repeated
from exchange import Request

TARGET = 120_000
FIELDS = 60_000


def get(start, text=b""):
    return Request("GET", start + text.decode())


def query(text):
    return get("/api/v1/query?", text)


# MARK: Names and filters

@head(REFUSED)
def many_unknown_settings():
    return query(counted(b"settings=", lambda number: b"s%d" % number, b"", TARGET))


@head(REFUSED)
def many_malformed_names():
    return query(repeated(b"settings=", b"!", b"", TARGET))


@head(200)
def one_setting_again_and_again():
    return query(repeated(b"settings=", b"s.1", b"", TARGET // 2))


@head(200)
def many_values_in_a_filter():
    return query(counted(b"context_filters=user:(hostile),tenant:(", lambda number: b"x%x" % number, b")", TARGET))


@head(200)
def many_values_in_a_filter_of_a_setting_with_many_rules():
    return query(counted(b"settings=many&context_filters=tenant:(", lambda number: b"x%x" % number, b")", TARGET))


@head(200)
def values_of_many_rules_in_a_filter():
    return query(counted(b"settings=many&context_filters=user:*,tenant:(", lambda number: b"t%d" % number, b")", TARGET))


@head(ANY)
def many_features_in_a_filter():
    return query(counted(b"context_filters=", lambda number: b"g%d:*" % number, b"", TARGET))


@head(400)
def one_feature_again_and_again_in_a_filter():
    return query(repeated(b"context_filters=", b"tenant:*", b"", TARGET))


@head(422)
def a_filter_without_an_end():
    return query(repeated(b"context_filters=", b"tenant:(", b"", TARGET, separator=b""))


@head(REFUSED)
def a_search_with_many_conditions():
    return get("/api/v1/rules/search?setting=many&feature_values=", counted(b"", lambda number: b"g%d:v" % number, b"", TARGET))


@head(REFUSED)
def a_search_with_many_mistakes():
    return get("/api/v1/rules/search?setting=many&feature_values=", repeated(b"", b"!:!", b"", TARGET))


# MARK: Targets

@head(ANY)
def many_parameters():
    return query(counted(b"", lambda number: b"p%d=1" % number, b"", TARGET, separator=b"&"))


@head(ANY)
def one_parameter_again_and_again():
    return query(repeated(b"", b"settings=s.1", b"", TARGET, separator=b"&"))


@head(REFUSED)
def a_long_path():
    return get("/api/v1/settings/", b"a" * TARGET)


@head(REFUSED)
def a_path_of_slashes():
    return get("/" * TARGET)


@head(REFUSED)
def a_path_of_dots():
    return get("/api/v1" + "/.." * (TARGET // 3))


@head(REFUSED)
def a_target_that_is_too_long():
    return get("/api/v1/query?settings=" + "a" * 500_000)


@head(ANY)
def percent_encodings():
    return query(repeated(b"settings=", b"%61", b"", TARGET, separator=b""))


@head(ANY)
def malformed_percent_encodings():
    return query(repeated(b"settings=", b"%zz", b"", TARGET, separator=b""))


@head(ANY)
def percent_encodings_of_nothing_and_half_characters():
    return query(repeated(b"settings=", b"%00%c3%ff%", b"", TARGET, separator=b""))


@head(REFUSED)
def percent_encodings_in_a_path():
    return get("/api/v1/settings/" + "%2F%2e%C3%A9" * (TARGET // 12))


@head(REFUSED)
def a_long_rule_id():
    return get("/api/v1/rules/" + "9" * TARGET)


# MARK: Header fields

@head(200)
def a_long_list_of_entity_tags():
    return Request("GET", "/api/v1/query", headers=[("If-None-Match", '"a",' * (FIELDS // 4) + '"b"')])


@head(ANY)
def a_list_of_entity_tags_without_ends():
    return Request("GET", "/api/v1/query", headers=[("If-None-Match", '"' + 'W/"' * (FIELDS // 3))])


@head(ANY)
def a_long_list_of_encodings():
    return Request("GET", "/api/v1/query", headers=[("Accept-Encoding", "a;q=0.1," * (FIELDS // 8) + "gzip")])


@head(ANY)
def encodings_with_odd_weights():
    return Request("GET", "/api/v1/query", headers=[("Accept-Encoding", "gzip;q=" + "9" * (FIELDS - 10) + "e999")])


@head(ANY)
def a_long_list_of_media_types():
    return Request("GET", "/api/v1/settings/s.1", headers=[("Accept", "a/b;q=0.1," * (FIELDS // 10))])


@head(ANY)
def a_long_list_of_addresses():
    return Request("GET", "/api/v1/query", headers=[("X-Forwarded-For", "10.0.0.1, " * (FIELDS // 10) + "10.0.0.1")])


@head(ANY)
def a_long_token():
    return Request("GET", "/api/v1/query", headers=[("Authorization", "Bearer " + "a" * FIELDS)])


@head(ANY)
def many_tokens():
    return Request("GET", "/api/v1/query", headers=[("X-API-Key", "a" * 200)] * 200)


@head(ANY)
def many_header_fields():
    return Request("GET", "/api/health", headers=[(f"a{number}", "b" * 200) for number in range(250)])


@head(431)
def too_many_header_fields():
    return Request("GET", "/api/health", headers=[(f"a{number}", "b") for number in range(10_000)])


@head(431)
def a_header_field_that_is_too_long():
    return Request("GET", "/api/health", headers=[("a", "b" * 1_000_000)])


@head(REFUSED)
def a_long_method():
    return Request("A" * 1_000_000, "/api/health")


@head(REFUSED)
def a_long_host():
    return Request("GET", "/api/health", headers=[("Host", "a" * FIELDS)])


# MARK: Requests that cost the service much

@head(200)
def everything():
    return get("/api/v1/query?include_metadata=true")


@head(200)
def all_settings_with_additional_data():
    return get("/api/v1/settings?include_additional_data=true")


@head(204)
def a_feature_that_all_settings_use_is_moved():
    return Request("PATCH", "/api/v1/context_features/f0/index", b'{"to_after":"f98"}')


@head(204)
def a_feature_that_all_settings_use_is_moved_back():
    return Request("PATCH", "/api/v1/context_features/f0/index", b'{"to_before":"f1"}')
