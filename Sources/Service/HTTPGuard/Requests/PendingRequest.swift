/// A request whose response is incomplete.
struct PendingRequest {
    var refusal: Refusal?
    /// Whether the connection ends with the response.
    var isLast: Bool
    var needsKeepAlive = false
    var isHead = false
    /// Whether a refusal waits for the end of the body.
    var isHeard = false
    var waitsToSend = false
    /// The number of counted bytes of the body.
    var bodySize = 0
    var hasBegun = false
    /// Whether the response continues as a stream of events.
    var isStream = false
}
