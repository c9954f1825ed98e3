import Testing

@testable import HeksherServer

@Suite struct MemoryTrimmingTests {
    @Test("The resident size grows with memory that is written to")
    func residentSize() throws {
        let before = try #require(MemoryTrimming.residentSize)
        var bytes = [UInt8](repeating: 1, count: 256 << 20)
        let after = try #require(MemoryTrimming.residentSize)
        bytes[0] = 2
        // Other tests may release memory meanwhile.
        #expect(after > before + 64 << 20)
        withExtendedLifetime(bytes) {}
    }
}
