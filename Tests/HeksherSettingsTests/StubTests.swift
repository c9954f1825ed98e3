import HeksherSettings
import Testing

/// Values of settings in the tests of programs that use settings.
@Suite struct StubTests {
    private static let size = Setting("size", configurableBy: ["tenant", "user"], default: 1)
    private static let name = Setting("name", configurableBy: ["user"], default: "none")

    @Test("'withValue' replaces a setting's value and rules during an operation")
    func values() async throws {
        Self.size.withValue(5) {
            #expect(Self.size.value(for: ["user": "ann"]) == 5)
            Self.name.withValue("both") { #expect(Self.size.value == 5 && Self.name.value == "both") }
            #expect(Self.name.value == "none")
        }
        #expect(Self.size.value(for: ["user": "ann"]) == 1)
        await Self.size.withValue(
            5, rules: [["tenant": "acme"]: 6, ["user": "ann"]: 7, ["tenant": "acme", "user": "bob"]: 8]
        ) {
            await Task.yield()
            #expect(Self.size.value(for: ["user": "eve"]) == 5)
            #expect(Self.size.value(for: ["tenant": "acme", "user": "ann"]) == 7)
            #expect(Self.size.value(for: ["tenant": "acme", "user": "bob"]) == 8)
        }
        #expect(throws: CancellationError.self) { try Self.size.withValue(5) { throw CancellationError() } }
        #expect(Self.size.value == 1)
    }

    @Test("Concurrent tasks do not see each other's replaced values; child tasks see them", arguments: 0..<20)
    func parallel(number: Int) async {
        await Self.size.withValue(number) {
            for _ in 0..<20 {
                await Task.yield()
                #expect(Self.size.value == number)
                async let child = Self.size.value
                #expect(await child == number)
                #expect(await Task { Self.size.value }.value == number)
                #expect(await Task.detached { Self.size.value }.value == 1)
            }
        }
    }
}
