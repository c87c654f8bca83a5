/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of transformations. */
#include "modules/pv/transforms.h"

static const struct field int_args_fields[] = {
    FIELD(int_args, n, "A number."),
    { 0 },
};
static const struct field limit_args_fields[] = {
    FIELD(int_args, n, "At most so many.", .def = "0"),
    { 0 },
};
static const struct field two_ints_args_fields[] = {
    FIELD_NAMED(two_ints_args, first, "offset", "Where it begins; negative counts from the end."),
    FIELD_NAMED(two_ints_args, second, "length", "How long; 0 goes to the end."),
    { 0 },
};
static const struct field str_args_fields[] = {
    FIELD(str_args, text, "A text."),
    { 0 },
};
static const struct field two_strs_args_fields[] = {
    FIELD_NAMED(two_strs_args, first, "match", "What is looked for."),
    FIELD_NAMED(two_strs_args, second, "replacement", "What stands there instead."),
    { 0 },
};
static const struct field select_args_fields[] = {
    FIELD(select_args, index, "Which part, from 0; negative counts from the end."),
    FIELD(select_args, separator, "The character between parts."),
    { 0 },
};
static const struct field name_args_fields[] = {
    FIELD(name_args, name, "The parameter's name."),
    FIELD(name_args, separator, "The character between parameters.", .def = ";"),
    { 0 },
};
static const struct field at_args_fields[] = {
    FIELD(at_args, index, "Which parameter, from 0; negative counts from the end."),
    FIELD(at_args, separator, "The character between parameters.", .def = ";"),
    { 0 },
};
static const struct field lines_args_fields[] = {
    FIELD(lines_args, width, "Bytes of the text in each line.", .min = 1, .max = 65535),
    FIELD(lines_args, begin, "What each line begins with."),
    { 0 },
};
static const struct field bits_args_fields[] = {
    FIELD_NAMED(int_args, n, "bits", "The length of the digest: 224, 256, 384 or 512."),
    { 0 },
};
static const struct field separator_args_fields[] = {
    FIELD(separator_args, separator, "The character between parameters.", .def = ";"),
    { 0 },
};
static const struct field uri_param_args_fields[] = {
    FIELD(name_args, name, "The parameter's name."),
    { 0 },
};

#define PLAIN(group, label, fn, text)                                                              \
    {                                                                                              \
        .class = group, .name = label, .run = fn, .doc = text                                      \
    }
#define ON_NULL(group, label, fn, text)                                                            \
    {                                                                                              \
        .class = group, .name = label, .run = fn, .takes_null = true, .doc = text                  \
    }
#define WITH(group, label, fn, st, fields, text)                                                   \
    {                                                                                              \
        .class = group, .name = label, .run = fn, .args = fields, .args_size = sizeof(struct st),  \
        .doc = text                                                                                \
    }

const struct transformation pv_transformations[] = {
    PLAIN("s", "len", s_len, "The length in bytes."),
    PLAIN("s", "int", s_int, "As a number; 0 when it is none."),
    PLAIN("s", "intv", s_intv, "The number at the beginning; 0 when there is none."),
    PLAIN("s", "md5", s_md5, "The MD5 digest in hexadecimal."),
    PLAIN("s", "sha1", s_sha1, "The SHA-1 digest in hexadecimal."),
    PLAIN("s", "sha256", s_sha256, "The SHA-256 digest in hexadecimal."),
    PLAIN("s", "sha384", s_sha384, "The SHA-384 digest in hexadecimal."),
    PLAIN("s", "sha512", s_sha512, "The SHA-512 digest in hexadecimal."),
    WITH("s", "sha3", s_sha3, int_args, bits_args_fields, "The SHA-3 digest in hexadecimal."),
    WITH("s", "keccak", s_keccak, int_args, bits_args_fields,
         "The digest of Keccak before it became SHA-3, in hexadecimal."),
    WITH("s", "fmtlines", s_fmtlines, lines_args, lines_args_fields,
         "In lines of a width, each with a beginning."),
    WITH("s", "fmtlinet", s_fmtlinet, lines_args, lines_args_fields,
         "In lines of a width, each but the first with a beginning."),
    PLAIN("s", "rmhdws", s_rmhdws, "With one blank for each run of blanks and tabs."),
    PLAIN("s", "rmhlws", s_rmhlws, "In one line: a blank for each line end with its blanks."),
    PLAIN("s", "crc32", s_crc32, "The CRC-32 checksum."),
    PLAIN("s", "tolower", s_tolower, "In lower case."),
    PLAIN("s", "toupper", s_toupper, "In upper case."),
    PLAIN("s", "numeric", s_numeric, "The digits only."),
    PLAIN("s", "rmws", s_rmws, "Without white space."),
    PLAIN("s", "trim", s_trim, "Without white space around it."),
    PLAIN("s", "ltrim", s_ltrim, "Without white space before it."),
    PLAIN("s", "rtrim", s_rtrim, "Without white space behind it."),
    PLAIN("s", "unquote", s_unquote, "Without the quotes around it."),
    PLAIN("s", "unbracket", s_unbracket, "Without the brackets around it."),
    PLAIN("s", "encode.hexa", s_encode_hexa, "In hexadecimal digits."),
    PLAIN("s", "decode.hexa", s_decode_hexa, "From hexadecimal digits."),
    PLAIN("s", "encode.7bit", s_encode_7bit, "Packed, seven bits a character."),
    PLAIN("s", "decode.7bit", s_decode_7bit, "Unpacked from seven bits a character."),
    PLAIN("s", "encode.base58", s_encode_base58, "In base 58."),
    PLAIN("s", "decode.base58", s_decode_base58, "From base 58."),
    PLAIN("s", "encode.base64", s_encode_base64, "In base 64."),
    PLAIN("s", "decode.base64", s_decode_base64, "From base 64."),
    PLAIN("s", "encode.base64t", s_encode_base64t, "In base 64 without padding."),
    PLAIN("s", "decode.base64t", s_decode_base64t, "From base 64 without padding."),
    PLAIN("s", "encode.base64url", s_encode_base64url, "In base 64 with the alphabet of URLs."),
    PLAIN("s", "decode.base64url", s_decode_base64url, "From base 64 with the alphabet of URLs."),
    PLAIN("s", "encode.base64urlt", s_encode_base64urlt, "In base 64 of URLs without padding."),
    PLAIN("s", "decode.base64urlt", s_decode_base64urlt, "From base 64 of URLs without padding."),
    PLAIN("s", "escape.common", s_escape_common, "Quotes, backslashes and NUL with a backslash."),
    PLAIN("s", "unescape.common", s_unescape_common, "The reverse of escape.common."),
    PLAIN("s", "escape.crlf", s_escape_crlf, "Line ends written as \\r and \\n."),
    PLAIN("s", "unescape.crlf", s_unescape_crlf, "The reverse of escape.crlf."),
    PLAIN("s", "escape.user", s_escape_user, "As the user part of a SIP URI may hold it."),
    PLAIN("s", "unescape.user", s_unescape_percent, "The reverse of escape.user."),
    PLAIN("s", "escape.param", s_escape_param, "As a parameter of a SIP URI may hold it."),
    PLAIN("s", "unescape.param", s_unescape_percent, "The reverse of escape.param."),
    PLAIN("s", "escape.csv", s_escape_csv, "In quotes for a comma-separated file."),
    PLAIN("s", "urlencode.param", s_urlencode_param, "As a parameter of an HTTP URL may hold it."),
    PLAIN("s", "urldecode.param", s_urldecode_param, "The reverse of urlencode.param."),
    WITH("s", "substr", s_substr, two_ints_args, two_ints_args_fields, "A part."),
    WITH("s", "select", s_select, select_args, select_args_fields,
         "One of the parts between separators."),
    WITH("s", "selectsw", s_select_word, int_args, int_args_fields,
         "One of the words between blanks."),
    WITH("s", "strip", s_strip, int_args, int_args_fields, "Without so many characters before it."),
    WITH("s", "striptail", s_striptail, int_args, int_args_fields,
         "Without so many characters behind it."),
    WITH("s", "stripto", s_stripto, str_args, str_args_fields, "From the first such character on."),
    WITH("s", "prefixes", s_prefixes, int_args, limit_args_fields,
         "All beginnings, comma-separated."),
    WITH("s", "prefixes.quoted", s_prefixes_quoted, int_args, limit_args_fields,
         "All beginnings, quoted, comma-separated."),
    WITH("s", "replace", s_replace, two_strs_args, two_strs_args_fields,
         "With one text in place of another."),
    WITH("s", "rm", s_rm, str_args, str_args_fields, "Without a text."),
    WITH("s", "ftime", s_ftime, str_args, str_args_fields,
         "A number of seconds as time, by a strftime format."),
    WITH("s", "corehash", s_corehash, int_args, limit_args_fields,
         "The hash of the text, below a limit when one is given."),
    WITH("s", "count", s_count, str_args, str_args_fields, "How often a character stands in it."),
    WITH("s", "before", s_before, str_args, str_args_fields,
         "What stands before the first such character."),
    WITH("s", "after", s_after, str_args, str_args_fields,
         "What stands behind the first such character."),
    WITH("s", "rbefore", s_rbefore, str_args, str_args_fields,
         "What stands before the last such character."),
    WITH("s", "rafter", s_rafter, str_args, str_args_fields,
         "What stands behind the last such character."),
    WITH("s", "charat", s_charat, int_args, int_args_fields, "One character."),
    WITH("s", "byteat", s_byteat, int_args, int_args_fields, "One byte as a number."),
    PLAIN("uri", "user", uri_user, "The user part."),
    PLAIN("uri", "host", uri_host, "The host."),
    PLAIN("uri", "domain", uri_host, "The host."),
    PLAIN("uri", "passwd", uri_passwd, "The password."),
    PLAIN("uri", "port", uri_port_of, "The port, 5060 when none is given."),
    PLAIN("uri", "params", uri_params, "All parameters."),
    PLAIN("uri", "headers", uri_headers, "The headers part."),
    PLAIN("uri", "transport", uri_transport, "The parameter transport."),
    PLAIN("uri", "ttl", uri_ttl, "The parameter ttl."),
    PLAIN("uri", "uparam", uri_uparam, "The parameter user."),
    PLAIN("uri", "maddr", uri_maddr, "The parameter maddr."),
    PLAIN("uri", "method", uri_method, "The parameter method."),
    PLAIN("uri", "lr", uri_lr, "The parameter lr."),
    PLAIN("uri", "r2", uri_r2, "The parameter r2."),
    PLAIN("uri", "scheme", uri_scheme_of, "The scheme."),
    PLAIN("uri", "saor", uri_saor, "Scheme, user and host."),
    PLAIN("uri", "duri", uri_duri, "As a destination: scheme, host, port and transport."),
    PLAIN("uri", "suri", uri_suri, "Without password and parameters but the transport."),
    PLAIN("uri", "tosocket", uri_tosocket, "As proto:host:port."),
    WITH("uri", "param", uri_param_value, name_args, uri_param_args_fields, "A parameter's value."),
    WITH("uri", "rmparam", uri_rmparam, name_args, uri_param_args_fields, "Without a parameter."),
    PLAIN("nameaddr", "uri", nameaddr_uri, "The URI of an address."),
    PLAIN("nameaddr", "name", nameaddr_name, "The display name of an address."),
    PLAIN("nameaddr", "len", nameaddr_len, "The length of an address with its parameters."),
    PLAIN("tobody", "uri", tobody_uri, "The URI of a From or To body."),
    PLAIN("tobody", "tag", tobody_tag, "Its tag."),
    PLAIN("tobody", "user", tobody_user, "The user part of its URI."),
    PLAIN("tobody", "host", tobody_host, "The host of its URI."),
    PLAIN("tobody", "params", tobody_params, "Its parameters."),
    PLAIN("tobody", "display", tobody_display, "Its display name."),
    WITH("param", "value", param_value, name_args, name_args_fields,
         "The value of a parameter, by name."),
    WITH("param", "in", param_in, name_args, name_args_fields,
         "1 when there is such a parameter, else 0."),
    WITH("param", "valueat", param_valueat, at_args, at_args_fields,
         "The value of a parameter, by number."),
    WITH("param", "name", param_name, at_args, at_args_fields,
         "The name of a parameter, by number."),
    WITH("param", "count", param_count, separator_args, separator_args_fields,
         "How many parameters there are."),
    WITH("line", "at", line_at, int_args, int_args_fields, "One line, by number."),
    WITH("line", "sw", line_sw, str_args, str_args_fields,
         "The first line that starts with a text."),
    PLAIN("line", "count", line_count, "How many lines there are."),
    PLAIN("urialias", "encode", urialias_encode, "A URI as the value of an alias parameter."),
    PLAIN("urialias", "decode", urialias_decode, "An alias parameter as a URI."),
    ON_NULL("val", "n0", val_n0, "0 in place of null."),
    ON_NULL("val", "ne", val_ne, "\"\" in place of null."),
    ON_NULL("val", "json", val_json, "As it may stand within quotes in JSON."),
    ON_NULL("val", "jsonqe", val_jsonqe, "As a JSON value, quotes included."),
    PLAIN("num", "fdigit", num_fdigit, "The first digit."),
    PLAIN("num", "ldigit", num_ldigit, "The last digit."),
    { 0 },
};
