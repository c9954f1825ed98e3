extension String {
    /// The text; if it has more than `limit` bytes in UTF-8, its beginning and its end with `…` between them.
    ///
    /// Use it to quote text from a client: the result has at most `limit` bytes, however long the text is, and the work does not depend on
    /// the text's length.
    public func shortened(to limit: Int = 256) -> String {
        guard utf8.count > limit else { return self }
        let kept = max(limit - "…".utf8.count, 0)
        var end = utf8.index(startIndex, offsetBy: kept - kept / 2)
        while end > startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
        var start = utf8.index(endIndex, offsetBy: -(kept / 2))
        while start < endIndex, utf8[start] & 0xC0 == 0x80 { start = utf8.index(after: start) }
        return "\(self[..<end])…\(self[start...])"
    }
}
