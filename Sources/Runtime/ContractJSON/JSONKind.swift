/// The kinds of JSON values (RFC 8259 §3).
public enum JSONKind: Sendable, Hashable {
    case null
    case bool
    case number
    case string
    case array
    case object
}
