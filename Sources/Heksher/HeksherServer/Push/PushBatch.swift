import HeksherCatalog
import HeksherStore
import NIOCore

/// The changes that the service has found at once, or that wait to be sent at once.
final class PushBatch: Sendable {
    enum Step: Sendable {
        case change(RecordedChange)
        case reset
    }

    let steps: [(step: Step, id: String)]
    /// The snapshot at the end of the batch; `nil` if the memory is not loaded.
    let snapshot: Snapshot<QueryableSetting>?
    let time = Int(Int64.now)

    init(_ changes: [PositionedChange], _ snapshot: Snapshot<QueryableSetting>?) {
        steps = changes.map { (step: .change($0.change), id: $0.position.eventID) }
        self.snapshot = snapshot
    }

    /// Joins batches that follow each other. There is at least one.
    init(_ batches: ArraySlice<PushBatch>) {
        steps = batches.flatMap(\.steps)
        snapshot = batches.last?.snapshot
    }

    init(resetAt position: ChangePosition, _ snapshot: Snapshot<QueryableSetting>?) {
        steps = [(step: .reset, id: position.eventID)]
        self.snapshot = snapshot
    }
}

extension ChangePosition {
    /// The ID of an event at this position.
    var eventID: String { mark?.description ?? PushEvent.unknownID }
}

/// The bytes of a batch, which all streams that get the same events share.
final class BatchRendering {
    private struct Key: Hashable {
        var form: PushEvent.Form
        var events: [PushEvent]
    }

    let batch: PushBatch
    private var chunks: [Key: ByteBuffer] = [:]
    /// The chunks for streams of everything; `nil` if they get no event.
    private var wholes: [PushEvent.Form: ByteBuffer?] = [:]

    init(_ batch: PushBatch) {
        self.batch = batch
    }

    /// The events as a chunk of a body.
    func chunk(of events: [PushEvent], _ form: PushEvent.Form) -> ByteBuffer {
        let key = Key(form: form, events: events)
        if let chunk = chunks[key] { return chunk }
        let chunk = Self.chunk { text in
            for event in events { event.write(to: &text, form) }
        }
        chunks[key] = chunk
        return chunk
    }

    /// The chunk for a stream that gets all events; `nil` if the batch has no such event.
    ///
    /// - Parameter events: gives the events of such a stream.
    func whole(_ form: PushEvent.Form, _ events: () -> [PushEvent]) -> ByteBuffer? {
        if let known = wholes[form] { return known }
        let events = events()
        let chunk = events.isEmpty ? nil : chunk(of: events, form)
        wholes[form] = .some(chunk)
        return chunk
    }

    /// A comment as a chunk of a body.
    static let comment = chunk { $0 = ":\n\n" }

    /// A chunk of a body (RFC 9112 §7.1).
    private static func chunk(_ write: (inout String) -> Void) -> ByteBuffer {
        var text = ""
        write(&text)
        return ByteBuffer(string: "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
    }
}

@available(*, unavailable)
extension BatchRendering: Sendable {}

/// The batches that some streams of an event loop have not got yet.
struct BatchLog {
    private var batches: [PushBatch] = []
    /// The number of the first batch.
    private var start = 0
    /// The batches from a number on, joined, by that number.
    private var renderings: [Int: BatchRendering] = [:]

    /// The number of the next batch.
    var end: Int { start + batches.count }
    var isEmpty: Bool { batches.isEmpty }

    mutating func append(_ batch: PushBatch) {
        batches.append(batch)
        renderings = [:]
    }

    /// Removes the batches before a number, which all streams have got.
    mutating func removeAll(before number: Int) {
        batches.removeFirst(number - start)
        start = number
        renderings = [:]
    }

    /// All batches from a number on, joined; `nil` if the number is the next one's.
    mutating func rendering(from number: Int) -> BatchRendering? {
        guard number < end else { return nil }
        let rendering = renderings[number] ?? BatchRendering(PushBatch(batches[(number - start)...]))
        renderings[number] = rendering
        return rendering
    }
}
