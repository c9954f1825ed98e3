/// The value that a property has while its member is absent.
indirect enum DefaultValue: Equatable {
    case boolean(Bool)
    case integer(Int)
    case unsigned(UInt64)
    /// A number as the document writes it.
    case number(String)
    case string(String)
    case array([DefaultValue])
    case emptyMap
    /// A case of an enumeration in `Schemas`.
    case enumeration(type: String, name: String)
    /// The value with this index in ``Plan/defaults``.
    case stored(Int)
}

/// The body of a refusal for which the contract declares a response.
enum RefusalBody: Equatable {
    case empty
    case text
    /// Problem details (RFC 9457).
    case problem
    /// An object whose member with this name is the reason.
    case json(member: String, contentType: String)
}
