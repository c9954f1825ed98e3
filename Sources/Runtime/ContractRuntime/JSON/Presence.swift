public import ContractJSON

/// The state of a nullable member that may be absent.
///
/// In JSON Merge Patch (RFC 7396), for example, a member that is `null` removes a value, and an absent member leaves it
/// as it is.
public enum Presence<Value> {
    /// The message lacks the member.
    case absent
    /// The member is `null`.
    case null
    /// The member has a value.
    case given(Value)

    /// Creates a given value, or `absent` for `nil`.
    @inlinable
    public init(_ value: Value?) {
        self = if let value { .given(value) } else { .absent }
    }

    /// Creates a given value, or `null` for `nil`.
    @inlinable
    public init(orNull value: Value?) {
        self = if let value { .given(value) } else { .null }
    }

    /// The value; `nil` if it is absent or `null`.
    @inlinable
    public var value: Value? {
        if case .given(let value) = self { value } else { nil }
    }

    /// The value; `nil` if it is `null`. If it is absent, the default.
    @inlinable
    public func value(or defaultValue: @autoclosure () -> Value) -> Value? {
        switch self {
        case .absent: defaultValue()
        case .null: nil
        case .given(let value): value
        }
    }
}

extension Presence: Sendable where Value: Sendable {}
extension Presence: Equatable where Value: Equatable {}
extension Presence: Hashable where Value: Hashable {}

/// Decodes `null`, or any other value with `value`.
///
/// - Returns: the presence. If the value is invalid, the function adds at least one problem and returns `.absent`.
@inlinable
public func decodePresence<Value>(
    from json: inout JSONReader, problems: inout ValidationProblems, value: DecodeJSON<Value>
) throws(JSONError) -> Presence<Value> {
    if try json.peek() == .null {
        try json.readNull()
        return .null
    }
    return Presence(try value(&json, &problems))
}
