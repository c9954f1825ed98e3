import ContractJSON
import Foundation
import PostgresTesting
import Testing

@Suite(.timeLimit(.minutes(20))) struct LogPipeTests {
    /// A named pipe with a capacity of one page. The test decides when to read it.
    private final class LogPipe {
        let path = ServiceAtHand.temporaryPath("log")
        let reader: Int32

        init() throws {
            try #require(mkfifo(path, 0o600) == 0)
            reader = open(path, O_RDONLY | O_NONBLOCK)
            try #require(reader >= 0)
            _ = fcntl(reader, 1031 /* F_SETPIPE_SZ */, 4096)
        }

        deinit {
            close(reader)
            unlink(path)
        }

        /// The current content of the pipe.
        func read() -> String {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while case let count = Foundation.read(reader, &buffer, buffer.count), count > 0 {
                bytes += buffer[..<count]
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private static func waitUntilWell(_ address: String) async throws {
        while (try? await ServiceAtHand.status("\(address)/api/health", timeout: .seconds(2))) != 200 {
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test("A log pipe without a reader delays neither changes, queries nor the shutdown")
    func notRead() async throws {
        try await ServiceAtHand.withDatabase { _, variables in
            let pipe = try LogPipe()
            let port = try await ServiceAtHand.freePort()
            let service = try HeksherCommand(
                ["serve", "--port", "\(port)"], variables.merging(["HEKSHER_SHUTDOWN_SECONDS": "2"]) { $1 },
                after: "exec 2>\(pipe.path)")
            let address = "http://127.0.0.1:\(port)"
            try await Self.waitUntilWell(address)
            // Each change logs more than a hundredth of the pipe's capacity.
            for number in 0..<150 {
                let status = try await ServiceAtHand.status(
                    "\(address)/api/v1/context_features", post: #"{"context_feature":"f\#(number)"}"#)
                #expect(status == 204)
            }
            #expect(try await ServiceAtHand.status("\(address)/api/v1/query") == 200)
            #expect(try await ServiceAtHand.status("\(address)/api/health") == 200)
            let stopwatch = PatientStopwatch()
            service.signal(SIGTERM)
            #expect(try await service.ended().status == 0)
            #expect(stopwatch.time < .seconds(10))
        }
    }

    @Test("Once the log pipe is read again, all waiting lines arrive whole")
    func readAgain() async throws {
        try await ServiceAtHand.withDatabase { _, variables in
            let pipe = try LogPipe()
            let port = try await ServiceAtHand.freePort()
            let service = try HeksherCommand(
                ["serve", "--port", "\(port)"], variables, after: "exec 2>\(pipe.path)")
            let address = "http://127.0.0.1:\(port)"
            try await Self.waitUntilWell(address)
            for number in 0..<60 {
                _ = try await ServiceAtHand.status(
                    "\(address)/api/v1/context_features", post: #"{"context_feature":"f\#(number)"}"#)
            }
            var text = ""
            while text.ranges(of: "context feature added").count < 60 {
                text += pipe.read()
                try await Task.sleep(for: .milliseconds(5))
            }
            service.signal(SIGTERM)
            while service.isRunning {
                text += pipe.read()
                try await Task.sleep(for: .milliseconds(5))
            }
            for line in text.split(separator: "\n") { _ = try JSONValue(parsing: String(line)) }
        }
    }

    @Test(
        "The service runs with a closed stderr, with one that has no reader, and with a full disk",
        arguments: ["exec 2>&-", "exec 2> >(exec true)", "exec 2>/dev/full", "exec <&- >&- 2>&-"])
    func refused(script: String) async throws {
        try await ServiceAtHand.withDatabase { _, variables in
            let port = try await ServiceAtHand.freePort()
            let service = try HeksherCommand(["serve", "--port", "\(port)"], variables, after: script)
            let address = "http://127.0.0.1:\(port)"
            try await Self.waitUntilWell(address)
            for number in 0..<20 {
                let status = try await ServiceAtHand.status(
                    "\(address)/api/v1/context_features", post: #"{"context_feature":"f\#(number)"}"#)
                #expect(status == 204)
            }
            #expect(try await ServiceAtHand.status("\(address)/api/v1/query") == 200)
            service.signal(SIGTERM)
            #expect(try await service.ended().status == 0)
        }
    }

    @Test("The message of a failed start is printed, and a full pipe does not delay the end")
    func startError() async throws {
        let ended = try await HeksherCommand(["serve"], ["HEKSHER_ACCESS_FILE": ""], after: "exec 2>&1").ended()
        #expect(ended.status == 78 && ended.output.contains("HEKSHER_"), "\(ended)")
        let pipe = try LogPipe()
        // The pipe is full.
        let writer = open(pipe.path, O_WRONLY | O_NONBLOCK)
        while Foundation.write(writer, [UInt8](repeating: 32, count: 512), 512) > 0 {}
        defer { close(writer) }
        let stuck = try await HeksherCommand(["serve"], [:], after: "exec 2>\(pipe.path)").ended()
        #expect(stuck.status == 78)
    }
}
