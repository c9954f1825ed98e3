/// A text with its hash, so that different texts are distinguished by comparing two integers.
///
/// The hash is FNV-1a of the UTF-8. Texts with equal hashes cause no errors: if hashes are equal, the bytes are compared as well.
package struct HashedText: Sendable {
    /// Never 0, which stands for a feature that a context lacks.
    package let hash: UInt64
    package let text: String

    package init(_ text: String) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        self.hash = hash | 1
        self.text = text
    }
}
