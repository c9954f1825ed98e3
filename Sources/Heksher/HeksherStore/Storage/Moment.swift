/// Times in statements. Texts of RFC 3339 can have years and offsets that PostgreSQL refuses, so parameters are numbers.
enum Moment {
    /// A parameter in microseconds since 1970-01-01T00:00:00Z as a time.
    static func value(_ parameter: String) -> String {
        "'epoch'::timestamptz + \(parameter)::bigint * interval '1 microsecond'"
    }

    /// A time in UTC as text: `2026-11-28T10:00:00.123456Z`.
    static func text(_ column: String) -> String {
        "to_char(\(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
    }
}
