import ServiceLifecycle

/// The value of a setting in one context, and each new value after a change: ``Setting/values(for:)``.
public struct SettingValues<Value: SettingValue>: AsyncSequence, Sendable {
    let stream: AsyncStream<Value>
    let continuation: AsyncStream<Value>.Continuation

    /// Begins with the value of the moment at which the sequence was made, or with a newer one.
    public func makeAsyncIterator() -> Iterator {
        Iterator(values: stream.makeAsyncIterator(), continuation: continuation)
    }

    /// The iterator of ``SettingValues``.
    public struct Iterator: AsyncIteratorProtocol {
        var values: AsyncStream<Value>.Iterator
        let continuation: AsyncStream<Value>.Continuation

        /// The next value; `nil` if the task is cancelled, or if its service group shuts down gracefully.
        public mutating func next() async -> Value? {
            await next(isolation: nil)
        }

        /// The next value; `nil` if the task is cancelled, or if its service group shuts down gracefully.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> Value? {
            await withGracefulShutdownHandler(isolation: actor) {
                await values.next(isolation: actor)
            } onGracefulShutdown: { [continuation] in
                continuation.finish()
            }
        }
    }
}
