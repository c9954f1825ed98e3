import Testing

@testable import HeksherServer

@Suite struct TokenDigestTests {
    @Test("A digest is that of FIPS 180-4, and its hexadecimal digits stand for it")
    func hexadecimal() {
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(TokenDigest(of: "abc") == TokenDigest(hexadecimal: digest[...]))
        #expect(TokenDigest(of: "abc").hexadecimal == digest)
        #expect(TokenDigest(hexadecimal: digest.dropLast()) == nil)
    }
}
