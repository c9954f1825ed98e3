internal import ContractJSON

/// The limit on the length of a list in a sentence.
private enum ListLimit {
    static let count = 100
    /// In bytes of UTF-8.
    static let size = 4 << 10
}

extension Sequence where Element == String {
    /// The names as sentences of responses contain them: `['environment', 'theme']`. A long list contains the first names and the number of
    /// the others: `['environment', 'theme'] and 7 more`. Long names are shortened in the middle.
    public var listText: String { map { "'\($0.shortened())'" }.limitedListText }

    /// All names without a limit: for an operator, not for a client.
    var wholeListText: String { "[\(map { "'\($0)'" }.joined(separator: ", "))]" }
}

extension Sequence where Element == Int {
    /// The numbers as sentences of responses contain them: `[1, 7]`. A long list contains the first numbers and the number of the others:
    /// `[1, 7] and 312 more`.
    public var listText: String { map(String.init).limitedListText }
}

extension [String] {
    fileprivate var limitedListText: String {
        var kept = 0
        var size = 0
        for text in prefix(ListLimit.count) {
            size += text.utf8.count + 2
            guard kept == 0 || size <= ListLimit.size else { break }
            kept += 1
        }
        let list = "[\(prefix(kept).joined(separator: ", "))]"
        return kept == count ? list : "\(list) and \(count - kept) more"
    }
}
