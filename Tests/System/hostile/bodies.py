"""Requests with bodies of up to 1 MiB."""
import gzip

from cases import ANY, LIMIT, REFUSED, body, counted, repeated
from exchange import Request

DECLARE = "/api/v1/settings/declare"
START = b'{"name":"hostile.a","configurable_features":["tenant"],'
NAMELESS = b'{"configurable_features":["tenant"],"type":"int","default_value":1,"name":"'
RULE = b'{"setting":"many","value":1,"feature_values":{'
LONG_OPTION = b"\\\"" + b"x" * 100000 + b"\\\""
INT, TEXT = START + b'"type":"int","default_value":', START + b'"type":"str","default_value":'


def declare(text, **options):
    return Request("POST", DECLARE, text, **options)


def add_rule(text):
    return Request("POST", "/api/v1/rules", text)


# MARK: Many problems

@body(422)
def numbers_beyond_a_double_under_a_long_key():
    return declare(repeated(INT + b'{"' + b"k" * 65536 + b'":[', b"1e400", b"]}}"))


@body(422)
def numbers_beyond_a_double_under_long_keys_within_each_other():
    return declare(repeated(INT + (b'{"' + b"k" * 4000 + b'":') * 120 + b"[", b"1e400", b"]" + b"}" * 121))


@body(422)
def numbers_beyond_a_double_in_deep_arrays():
    return declare(repeated(INT + b"[" * 120, b"1e400", b"]" * 120 + b"}"))


@body(422, together=4)
def four_times_numbers_beyond_a_double():
    return numbers_beyond_a_double_in_deep_arrays()


@body(422)
def numbers_for_configurable_features():
    return declare(repeated(b'{"name":"hostile.a","type":"int","default_value":1,"configurable_features":[', b"1", b"]}"))


@body(422)
def one_feature_again_and_again():
    return declare(repeated(b'{"name":"hostile.a","type":"int","default_value":1,"configurable_features":[', b'"tenant"', b"]}"))


@body(REFUSED)
def many_unknown_features():
    return declare(counted(b'{"name":"hostile.a","type":"int","default_value":1,"configurable_features":[',
                           lambda number: b'"g%d"' % number, b"]}"))


@body(422)
def many_malformed_feature_names():
    return declare(counted(b'{"name":"hostile.a","type":"int","default_value":1,"configurable_features":[',
                           lambda number: b'"!%d"' % number, b"]}"))


@body(422)
def many_wrong_elements():
    return declare(repeated(START + b'"type":"Sequence<int>","default_value":[', b'""', b"]}"))


@body(422)
def many_wrong_members_with_long_keys():
    return declare(counted(START + b'"type":"Mapping<int>","default_value":{',
                           lambda number: b'"%d%s":""' % (number, b"k" * 200), b"}}"))


@body(422)
def many_malformed_metadata_keys():
    return declare(counted(INT + b'1,"metadata":{', lambda number: b'"!%d":1' % number, b"}}"))


@body(422)
def many_condition_values_of_a_wrong_type():
    return add_rule(counted(RULE, lambda number: b'"f%d":1' % number, b"}}"))


@body(REFUSED)
def conditions_on_many_unknown_features():
    return add_rule(counted(RULE, lambda number: b'"g%d":"v"' % number, b"}}"))


# MARK: Depth

@body(422)
def arrays_without_an_end():
    return declare(INT + b"[" * (LIMIT - len(INT)))


@body(422)
def objects_within_each_other():
    return declare(repeated(INT, b'{"":', b"", separator=b""))


@body(422)
def types_within_each_other():
    return declare(repeated(START + b'"default_value":1,"type":"', b"Sequence<", b'"}', separator=b""))


# MARK: Long texts

@body(422)
def a_long_malformed_name():
    return declare(repeated(NAMELESS, b"!", b'"}', separator=b""))


@body(422)
def a_long_name():
    return declare(repeated(NAMELESS, b"a", b'"}', separator=b""))


@body(REFUSED)
def a_long_alias():
    return declare(repeated(INT + b'1,"alias":"', b"a", b'"}', separator=b""))


@body(REFUSED)
def a_long_version():
    return declare(repeated(INT + b'1,"version":"', b"1", b'.0"}', separator=b""))


@body(422)
def a_long_malformed_type():
    return declare(repeated(START + b'"default_value":1,"type":"', b"int ", b'x"}', separator=b""))


@body(422)
def a_long_name_of_a_feature():
    return Request("POST", "/api/v1/context_features", repeated(b'{"context_feature":"', b"f", b'"}', separator=b""))


@body(REFUSED)
def a_feature_after_one_with_a_long_name():
    return Request("PATCH", "/api/v1/context_features/tenant/index", repeated(b'{"to_after":"', b"f", b'"}', separator=b""))


@body(404)
def many_values_of_an_unknown_feature():
    return Request("PUT", "/api/v1/context_features/none/values", repeated(b'{"values":[', b'"v"', b"]}"))


@body(422)
def a_long_metadata_key():
    return declare(repeated(INT + b'1,"metadata":{"', b"k", b'":1}}', separator=b""))


@body(ANY)
def a_long_condition_value():
    return add_rule(repeated(RULE + b'"user":"', b"v", b'"}}', separator=b""))


@body(200)
def white_space():
    return declare(repeated(INT + b"1", b" \n", b"}", separator=b""))


# MARK: Numbers

@body(ANY)
def an_integer_of_a_million_digits():
    return declare(repeated(INT, b"7", b"}", separator=b""))


@body(ANY)
def a_fraction_of_a_million_digits():
    return declare(repeated(START + b'"type":"float","default_value":0.', b"3", b"}", separator=b""))


@body(422)
def an_exponent_of_a_million_digits():
    return declare(repeated(START + b'"type":"float","default_value":1e', b"9", b"}", separator=b""))


@body(422)
def metadata_that_grow_when_they_are_read():
    return declare(repeated(INT + b'1,"metadata":{"k":[', b"1e-16383", b"]}}"))


@body(ANY)
def metadata_that_grow_a_little_when_they_are_read():
    return declare(repeated(INT + b'1,"metadata":{"k":[', b"1e-300", b"]}}"))


@body(ANY)
def metadata_of_a_rule_with_large_exponents():
    return add_rule(repeated(RULE + b'"user":"hostile"},"metadata":{"k":[', b"1e308", b"]}}"))


# MARK: Types

@body(200)
def an_enumeration_with_many_options():
    return declare(counted(START + b'"default_value":0,"type":"Enum[', lambda number: b"%d" % number, b']"}'))


@body(200)
def an_enumeration_of_one_option_in_many_spellings():
    return declare(repeated(START + b'"default_value":1,"type":"Enum[', b"1,1.0,10e-1,100e-2", b']"}'))


@body(ANY)
def an_enumeration_of_numbers_with_large_exponents():
    return declare(counted(START + b'"default_value":1,"type":"Enum[1,', lambda number: b"%de%d" % (number + 1, -number), b']"}'))


@body(422)
def flags_that_are_repeated():
    flags = b",".join(b"%d" % number for number in range(40000))
    return declare(repeated(START + b'"type":"Flags[' + flags + b']","default_value":[', flags, b"]}"))


@body(409, sql="UPDATE settings SET type = 'int' WHERE name = 'many'")
def a_short_type_that_many_rules_do_not_fit():
    return Request("PUT", "/api/v1/settings/many/type", b'{"type":"bool","version":"9.0"}')


@body(409)
def a_long_type_that_many_rules_do_not_fit():
    return Request("PUT", "/api/v1/settings/many/type", repeated(b'{"version":"9.0","type":"Enum[', LONG_OPTION, b']"}'))


@body(REFUSED)
def a_declaration_that_many_rules_do_not_fit():
    return declare(repeated(b'{"name":"many","configurable_features":["user"],"version":"9.0","default_value":0,"type":"Enum[0,',
                            LONG_OPTION, b']"}'))


# MARK: Objects

@body(200)
def many_unknown_members():
    return declare(counted(INT + b"1,", lambda number: b'"m%d":0' % number, b"}"))


@body(ANY)
def one_member_again_and_again():
    return declare(repeated(INT + b"1,", b'"name":"hostile.b"', b"}"))


@body(200)
def a_mapping_with_many_keys():
    return declare(counted(START + b'"type":"Mapping<int>","default_value":{', lambda number: b'"k%d":0' % number, b"}}"))


@body(409)
def a_mapping_in_another_order():
    keys = [b'"k%d":0' % number for number in range(60000)]
    return declare(b'{"name":"object","configurable_features":["tenant"],"type":"Mapping<int>","default_value":{"z":1,'
                   + b",".join(reversed(keys)) + b"}}")


@body(ANY)
def metadata_with_many_keys():
    return declare(counted(INT + b'1,"metadata":{', lambda number: b'"k%d":0' % number, b"}}"))


# MARK: Encodings

@body(ANY)
def surrogates_without_their_other_half():
    return declare(repeated(TEXT + b'"', b"\\ud800", b'"}', separator=b""))


@body(200)
def escaped_pairs_of_surrogates():
    return declare(repeated(TEXT + b'"', b"\\ud83d\\ude00", b'"}', separator=b""))


@body(ANY)
def escaped_control_characters():
    return declare(repeated(TEXT + b'"', b"\\u0001", b'"}', separator=b""))


@body(422)
def bytes_that_are_not_text():
    return declare(b"\xff" * LIMIT)


@body(ANY)
def another_encoding():
    return declare(TEXT.decode().encode("utf-16") + ("\"" + "é" * 500000 + "\"}").encode("utf-16-le"))


@body(422)
def a_mistake_at_the_end_of_many_lines():
    return declare(repeated(INT, b"\n", b"}", separator=b""))


@body(422)
def a_string_without_an_end():
    return declare(TEXT + b'"' + b"\\\\" * ((LIMIT - len(TEXT)) // 2 - 1))


@body(REFUSED)
def a_compressed_body():
    return declare(gzip.compress(b" " * 200_000_000, 9), headers=[("Content-Encoding", "gzip")])


@body(422)
def a_form_with_files():
    part = b'--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\na\r\n'
    return declare(repeated(b"", part, b"--b--", separator=b""), content_type="multipart/form-data; boundary=b")


@body(422)
def an_url_encoded_form():
    return declare(repeated(b"", b"a=%41", b"", separator=b"&"), content_type="application/x-www-form-urlencoded")


# MARK: Framing

@body(422, framings=["bytes"])
def chunks_of_one_byte():
    return declare(b" " * 170000)


@body(REFUSED, framings=["extensions"])
def chunks_with_long_extensions():
    return declare(b" " * LIMIT)


@body(413)
def a_body_that_is_too_large():
    return declare(b" " * (LIMIT + 1))
