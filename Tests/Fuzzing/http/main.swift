// Each request gets one response, in order, until a response says that the connection ends. After the end, nothing is
// left of the connection.
import Fuzzing
import Glibc

let service = try FakeService()

fuzz { bytes in
    var rest = Client(path: service.path).ask(bytes)[...]
    let requests = Requests(bytes)
    var answers: [ParsedResponse] = []
    while !rest.isEmpty {
        expect(answers.last?.endsConnection != true, "something comes after the last answer")
        let isToHead = answers.count < requests.methods.count && requests.methods[answers.count] == .HEAD
        let answer = ParsedResponse(from: &rest, isToHead: isToHead)
        expect(answer.status < 500 || answer.status == 501 || answer.status == 505, "\(answer)")
        if !answer.isInterim { answers.append(answer) }
    }
    expect(answers.count <= requests.methods.count + 1, "more answers than requests: \(answers)")
    if answers.last?.endsConnection != true, !requests.isBroken {
        // The service may answer a request before its body has arrived. The rest of the body then never arrives.
        expect(answers.count == requests.methods.count, "\(requests), but \(answers)")
    }
    // The connection ends for the client a moment before it ends for the service.
    var attempts = 0
    while !service.isIdle {
        attempts += 1
        expect(attempts < 50_000, "something is left of the connection")
        usleep(attempts < 100 ? 10 : 100)
    }
}
