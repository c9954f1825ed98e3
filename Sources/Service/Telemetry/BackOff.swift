/// The time to wait before each new attempt. It doubles each time, up to half a minute, and varies randomly, so that several instances do
/// not retry together.
struct BackOff {
    private static let shortest = 0.1
    private static let longest = 30.0
    private var seconds = shortest

    mutating func next() -> Duration {
        defer { seconds = min(seconds * 2, Self.longest) }
        return .seconds(seconds * Double.random(in: 0.75...1))
    }

    mutating func reset() { seconds = Self.shortest }
}
