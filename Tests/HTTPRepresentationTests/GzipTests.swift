import Testing

@testable import HTTPRepresentation

@Suite struct GzipTests {
    @Test("Compressed data decompress to the original, and truncated or other data are refused")
    func gzip() {
        for body in [[], [1], Array("some text, some text".utf8), [UInt8](repeating: 7, count: 1 << 20)] as [[UInt8]] {
            let compressed = Gzip.compress(body)
            #expect(Gzip.decompress(compressed) == body)
            #expect(Gzip.decompress(compressed.dropLast()) == nil)
            #expect(Gzip.decompress(compressed, limit: body.count - 1) == nil)
        }
        #expect(Gzip.decompress([]) == nil && Gzip.decompress(Array("no compressed text at all".utf8)) == nil)
    }
}
