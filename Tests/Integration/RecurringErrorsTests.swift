import PostgresTesting
import Testing

@testable import HeksherServer

@Suite struct RecurringErrorsTests {
    @Test("The first error of a kind is reported at once, and later ones after an interval with their number")
    func counted() async throws {
        let errors = RecurringErrors(interval: .milliseconds(300))
        #expect(errors.occurred("a") == .init(count: 1))
        #expect(errors.occurred("b") == .init(count: 1))
        for _ in 0..<5 { #expect(errors.occurred("a") == nil) }
        #expect(errors.overdue().isEmpty)
        try await Task.sleep(for: .milliseconds(350))
        #expect(errors.occurred("a") == .init(count: 6))
        #expect(errors.occurred("a") == nil)
        try await Task.sleep(for: .milliseconds(350))
        let overdue = errors.overdue()
        #expect(overdue.map(\.kind) == ["a"] && overdue.map(\.report.count) == [1])
        #expect(errors.overdue().isEmpty)
    }

    @Test("The number of kinds is limited, and all further errors count as one kind")
    func bounded() {
        let errors = RecurringErrors()
        let told = (0..<10_000).count { errors.occurred("kind \($0)") != nil }
        #expect(told < 100)
    }
}
