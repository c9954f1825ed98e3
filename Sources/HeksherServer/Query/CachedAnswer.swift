import HTTPTypes
import HeksherStore
import NIOCore
import NIOHTTP1
import OpenAPIRuntime
import Synchronization

/// An answer to a query as it is sent, with what it was made of, so that it is known for how long it holds.
final class CachedAnswer: Sendable {
    let question: Question
    private let body: ByteBuffer
    private let tag: EntityTag
    private let headers: HTTPHeaders
    private let notModifiedHeaders: HTTPHeaders
    private let allNames: [String]
    private let settings: [QueryableSetting]
    /// The newest snapshot that the answer is known to hold in.
    private let snapshotID: Atomic<Int>

    init(to question: Question, _ settings: [QueryableSetting], in snapshot: Snapshot<QueryableSetting?>) {
        let body = question.body(of: settings, snapshot.features)
        tag = EntityTag(ofBody: body)
        self.question = question
        self.body = ByteBuffer(bytes: body)
        headers = [
            "Content-Type": "application/json", "ETag": tag.text, "Content-Length": String(body.count),
            "Server": "heksher",
        ]
        notModifiedHeaders = ["ETag": tag.text, "Server": "heksher"]
        self.settings = settings
        allNames = question.names == nil ? snapshot.names : []
        snapshotID = Atomic(snapshot.id)
    }

    /// About how many bytes of memory it takes.
    var size: Int {
        body.readableBytes + settings.count * 8 + ((question.names ?? []).count + allNames.count) * 16 + 512
    }

    /// Whether the answer is what one made of this snapshot would be: whether the settings are the same ones. No context
    /// feature that has come since matters, since none of these settings' rules has a condition on it.
    func holds(in snapshot: Snapshot<QueryableSetting?>) -> Bool {
        if snapshotID.load(ordering: .relaxed) == snapshot.id { return true }
        guard question.names != nil || snapshot.names == allNames,
            case .found(let now) = question.selection(in: snapshot), now.elementsEqual(settings, by: ===)
        else { return false }
        snapshotID.store(snapshot.id, ordering: .relaxed)
        return true
    }

    /// The answer to a request with these header fields.
    func response(to fields: HTTPFields) -> APIResponse {
        if let condition = fields[.ifNoneMatch], tag.matches(ifNoneMatch: condition) {
            return APIResponse(status: .notModified, headerFields: [.eTag: tag.text])
        }
        let fields: HTTPFields = [.contentType: "application/json", .eTag: tag.text]
        return APIResponse(status: .ok, headerFields: fields, body: Array(body.readableBytesView))
    }

    /// Writes the answer to a request with these header fields.
    func write(to fields: HTTPHeaders, _ write: (HTTPServerResponsePart) -> Void) {
        let isKnown = fields["If-None-Match"].contains { tag.matches(ifNoneMatch: $0) }
        var headers = isKnown ? notModifiedHeaders : headers
        headers.add(name: "Date", value: HTTPDate.now)
        write(.head(HTTPResponseHead(version: .http1_1, status: isKnown ? .notModified : .ok, headers: headers)))
        if !isKnown { write(.body(.byteBuffer(body))) }
        write(.end(nil))
    }
}
