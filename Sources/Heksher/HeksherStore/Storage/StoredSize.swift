/// The memory that one stored value may take when it is read.
///
/// PostgreSQL can store data in far fewer bytes than it returns: it compresses long values, and jsonb stores `1e-16383` in a few bytes,
/// which it returns as 16,385 characters. So the statements leave out a value that is larger than these limits, and its setting counts as
/// unreadable. The value itself never leaves PostgreSQL.
public enum StoredSize {
    /// The maximum size of the text of one value as it is read: a default value, a rule's value, or the value of a metadata key.
    public static let maximumOfValue = 64 << 20
    /// The maximum size of the value of a metadata key as it is read, if jsonb stores it in a quarter of that or less.
    public static let maximumOfGrownValue = 4 << 20
    /// The maximum total size of the values of all metadata keys of one setting or rule as they are read.
    static let maximumOfMetadata = 64 << 20

    /// The reason why a statement returns NULL for a value.
    static let reason = "is NULL, or takes too much memory (more than \(maximumOfGrownValue >> 20) MiB) when it is read"

    /// A text column, NULL if it is too large. SQL can have given it another type than text.
    static func bounded(text column: String) -> String {
        "CASE WHEN octet_length(\(column)::text) <= \(maximumOfValue) THEN \(column)::text END"
    }

    /// A jsonb column as text; NULL if it is too large.
    ///
    /// The statement creates the text only if it is certain to be small enough, because PostgreSQL refuses to create a text of more than 1
    /// GB, and then the whole statement fails. `value #> '{}'` is the value without compression. 300 bytes of jsonb contain at most 25
    /// numbers, of at most 147,457 characters each. For a larger value, the statement adds up its numbers one by one: `scale` is the number
    /// of digits after the point, and a number from 1e310 on can have 131,072 digits before it.
    static func bounded(jsonb column: String) -> String {
        let size = "pg_column_size(\(column) #> '{}')"
        let limit = "greatest(\(maximumOfGrownValue), least(4 * \(size), \(maximumOfValue)))"
        return """
            CASE WHEN \(size) <= 300 THEN \(column)::text ELSE (
                SELECT CASE WHEN octet_length(whole.text) <= \(limit) THEN whole.text END
                FROM (SELECT CASE WHEN \(size) <= \(maximumOfValue) AND \(limit) >= (
                        SELECT coalesce(sum(CASE
                            WHEN scale(counted::numeric) > 1000 THEN scale(counted::numeric)
                            WHEN abs(counted::numeric) >= 1e310 THEN 131072
                            ELSE octet_length(counted::text) END), 0)
                        FROM jsonb_array_elements(
                            jsonb_path_query_array(\(column), 'strict $.** ? (@.type() == "number")')) AS counted)
                    THEN \(column)::text END AS text OFFSET 0) AS whole) END
            """
    }

    /// The size of a jsonb column as it is read, or as it is stored if it is too large to be read.
    static func size(ofJSONB column: String) -> String {
        "coalesce(octet_length(\(bounded(jsonb: column))), pg_column_size(\(column)))"
    }

    /// The metadata of a setting or a rule as the text of an object, with the keys in jsonb's order. It is NULL if a key or a value is
    /// unreadable, or if all together are too large.
    static func boundedObject(from table: String, where condition: String) -> String {
        """
        (SELECT CASE WHEN coalesce(bool_and(total <= \(maximumOfMetadata) AND text IS NOT NULL AND key IS NOT NULL), true)
            THEN '{' || coalesce(
                string_agg(to_json(key)::text || ':' || text, ',') FILTER (WHERE total <= \(maximumOfMetadata)), '') || '}' END
        FROM (
            SELECT key, text, sum(octet_length(text)) OVER (
                ORDER BY octet_length(key), key COLLATE "C" ROWS UNBOUNDED PRECEDING) AS total
            FROM (
                SELECT m.key, \(bounded(jsonb: "m.value")) AS text FROM \(table) m WHERE \(condition) OFFSET 0) AS pairs) AS summed)
        """
    }
}
