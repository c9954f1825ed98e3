// Whatever a client sends, each request gets one answer, in order, until one says that the connection ends; and when it has ended,
// nothing is left of it.
import Fuzzing
import Glibc

let service = try FakeService()

fuzz { bytes in
    var rest = Client(path: service.path).ask(bytes)[...]
    let requests = Requests(bytes)
    var answers: [Answer] = []
    while !rest.isEmpty {
        expect(answers.last?.endsConnection != true, "something comes after the last answer")
        let isToHead = answers.count < requests.methods.count && requests.methods[answers.count] == .HEAD
        let answer = Answer(from: &rest, isToHead: isToHead)
        expect(answer.status < 500 || answer.status == 501 || answer.status == 505, "\(answer)")
        if !answer.isInterim { answers.append(answer) }
    }
    expect(answers.count <= requests.methods.count + 1, "more answers than requests: \(answers)")
    if answers.last?.endsConnection != true, !requests.isBroken {
        // One may be answered before its body has come, which then never comes.
        expect(answers.count == requests.methods.count, "\(requests), but \(answers)")
    }
    // The connection ends for the client a moment before it does for the service.
    var attempts = 0
    while !service.isIdle {
        attempts += 1
        expect(attempts < 50_000, "something is left of the connection")
        usleep(attempts < 100 ? 10 : 100)
    }
}
