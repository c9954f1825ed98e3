/// A text with a hash of it, so that texts that differ are told apart by comparing two integers.
///
/// The hash is FNV-1a of the UTF-8. Who chooses texts to have equal hashes wins nothing: equal hashes are followed by a
/// comparison of the texts.
struct HashedText: Sendable {
    let hash: UInt64
    let text: String

    init(_ text: String) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        // 0 stands for a feature that a context does not have.
        self.hash = hash | 1
        self.text = text
    }
}
