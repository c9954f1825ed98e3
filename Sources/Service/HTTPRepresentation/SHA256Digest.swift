import CLibCrypto

/// The SHA-256 of bytes (FIPS 180-4). OpenSSL's libcrypto computes it, which libpq needs in any case.
package struct SHA256Digest: Hashable, Sendable {
    package let bytes: SIMD32<UInt8>

    /// Fetched once, because that takes longer than the hash of a short text. `nonisolated(unsafe)`: it never changes, and OpenSSL lets
    /// all threads use a fetched algorithm at once.
    private nonisolated(unsafe) static let algorithm = EVP_MD_fetch(nil, "SHA256", nil)

    package init(of bytes: UnsafeRawBufferPointer) {
        var digest = SIMD32<UInt8>()
        let isComputed = withUnsafeMutableBytes(of: &digest) { digest in
            EVP_Digest(bytes.baseAddress, bytes.count, digest.baseAddress, nil, Self.algorithm, nil)
        }
        // Only without memory, or with an OpenSSL that lacks SHA-256.
        precondition(isComputed == 1, "OpenSSL cannot compute SHA-256")
        self.bytes = digest
    }

    package init(bytes: SIMD32<UInt8>) { self.bytes = bytes }

    package init(of bytes: [UInt8]) {
        self = bytes.withUnsafeBytes { SHA256Digest(of: $0) }
    }

    /// The digest, or its first bytes, in hexadecimal digits.
    package func hexadecimal(prefix count: Int = 32) -> String {
        String(unsafeUninitializedCapacity: count * 2) { text in
            for index in 0..<count {
                text[index * 2] = Self.digits[Int(bytes[index] >> 4)]
                text[index * 2 + 1] = Self.digits[Int(bytes[index] & 15)]
            }
            return count * 2
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
