import PosixSupport

/// Schemas can refer to each other in chains of thousands, and the recursion that follows them is as deep.
enum DeepStack {
    /// The size of the stack. The system only provides the memory that is used.
    private static let bytes = 1 << 30

    /// Runs a function on a thread with a large stack, and waits for it.
    static func run<Result>(_ body: () -> Result) -> Result {
        withoutActuallyEscaping(body) { body in
            let job = Job(body)
            var attributes = pthread_attr_t()
            var thread = pthread_t()
            guard pthread_attr_init(&attributes) == 0 else { return body() }
            defer { pthread_attr_destroy(&attributes) }
            let context = Unmanaged.passRetained(job as AnyJob)
            let status =
                pthread_attr_setstacksize(&attributes, bytes) == 0
                ? pthread_create(
                    &thread, &attributes,
                    { context in
                        if let context { Unmanaged<AnyJob>.fromOpaque(context).takeRetainedValue().run() }
                        return nil
                    }, context.toOpaque())
                : EAGAIN
            guard status == 0 else {
                context.release()
                return body()
            }
            pthread_join(thread, nil)
            return job.result ?? body()
        }
    }

    private class AnyJob {
        func run() {}
    }

    private final class Job<Result>: AnyJob {
        let body: () -> Result
        var result: Result?

        init(_ body: @escaping () -> Result) { self.body = body }

        override func run() { result = body() }
    }
}
