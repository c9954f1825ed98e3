extension Sequence where Element == String {
    /// The names as they stand in the sentences of answers: `['environment', 'theme']`.
    public var listText: String { "[\(map { "'\($0)'" }.joined(separator: ", "))]" }
}

extension Sequence where Element == Int {
    /// The numbers as they stand in the sentences of answers: `[1, 7]`.
    public var listText: String { "[\(map(String.init).joined(separator: ", "))]" }
}
