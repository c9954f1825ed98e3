import Foundation
import PostgresTesting
import Testing

@Suite(.timeLimit(.minutes(20))) struct StartReportTests {
    @Test("The start logs access, TLS, pages, database, user, limits and unknown variables")
    func report() async throws {
        try await ServiceAtHand.withDatabase { database, variables in
            let pages = try PreparedPages()
            let service = try HeksherCommand(
                ["serve", "--port", "0"],
                variables.merging([
                    "HEKSHER_LOG_FORMAT": "text", "HEKSHER_ACESS_FILE": "x", "HEKSHER_PAGES_DIR": pages.directory,
                    "HEKSHER_MAX_BODY_BYTES": "2048", "HEKSHER_IDLE_SECONDS": "75",
                ]) { $1 })
            _ = try await service.address()
            let said = service.said
            for text in [
                "the variable HEKSHER_ACESS_FILE is not read: did you mean HEKSHER_ACCESS_FILE?",
                "protection: open to everybody", "TLS: off", "pages: Swagger UI and Redoc of \(pages.directory)",
                "database: \(database.name) on ", " as user ",
                "limits: HEKSHER_MAX_BODY_BYTES=2048 (default: 1048576)",
            ] {
                #expect(said.contains(text), "\(text) is not in \(said)")
            }
            service.signal(SIGTERM)
            #expect(try await service.ended().status == 0)
        }
    }
}
