import Testing

@testable import HeksherServer

@Suite struct WorkUnderWayTests {
    @Test("Work in progress is listed with its age, the oldest first, and finished work is not listed")
    func description() async throws {
        let work = WorkUnderWay()
        #expect(work.description.isEmpty && work.requestCount == 0)
        let first = work.begin("the start")
        let second = work.begin(method: "GET", path: "/api/v1/query")
        #expect(work.description.wholeMatch(of: /the start \([0-9.]+ s\), GET \/api\/v1\/query \([0-9.]+ s\)/) != nil)
        #expect(work.requestCount == 1)
        work.end(first)
        #expect(work.description.hasPrefix("GET /api/v1/query ("))
        work.end(second)
        work.end(second)
        #expect(work.description.isEmpty)
        await work.during("something") { #expect(work.description.hasPrefix("something (")) }
        #expect(work.description.isEmpty)
    }

    @Test("A thousand requests with long paths are listed in a short line")
    func many() {
        let work = WorkUnderWay()
        for number in 0..<1000 {
            _ = work.begin(method: "GET", path: "/\(number)/" + String(repeating: "x", count: 10_000))
        }
        #expect(work.requestCount == 1000)
        #expect(work.description.utf8.count < 1500)
        #expect(work.description.hasSuffix(", and 990 more"))
    }
}
