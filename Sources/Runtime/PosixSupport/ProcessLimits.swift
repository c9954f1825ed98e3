/// The limits of the system on the process. The functions determine them by trying, because they depend on `ulimit`, on control groups and
/// on the whole system.
public enum ProcessLimits {
    /// Raises the limit on open files as far as the process may, and returns it.
    public static func raiseOpenFiles() -> Int {
        guard var limit = openFileLimit() else { return 1024 }
        if limit.rlim_cur < limit.rlim_max {
            var wanted = limit
            wanted.rlim_cur = limit.rlim_max
            if setOpenFileLimit(wanted) { limit = wanted }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// Opens files and closes them again.
    ///
    /// - Returns: the number of files that could be open in addition to the current ones, at most `count`.
    public static func openableFiles(upTo count: Int) -> Int {
        var files: [Int32] = []
        defer { for file in files { close(file) } }
        while files.count < count {
            let file = open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { break }
            files.append(file)
        }
        return files.count
    }

    /// Starts threads that wait, and ends them again.
    ///
    /// - Returns: the number of threads that could run in addition to the current ones, at most `count`.
    public static func startableThreads(upTo count: Int) -> Int {
        let gate = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        pthread_mutex_init(gate, nil)
        defer {
            pthread_mutex_destroy(gate)
            gate.deallocate()
        }
        pthread_mutex_lock(gate)
        var threads: [pthread_t] = []
        while threads.count < count {
            var thread = pthread_t()
            let status = pthread_create(
                &thread, nil,
                { argument in
                    // Waits until all threads have been started.
                    guard let gate = argument?.assumingMemoryBound(to: pthread_mutex_t.self) else { return nil }
                    pthread_mutex_lock(gate)
                    pthread_mutex_unlock(gate)
                    return nil
                }, gate)
            guard status == 0 else { break }
            threads.append(thread)
        }
        pthread_mutex_unlock(gate)
        for thread in threads { pthread_join(thread, nil) }
        return threads.count
    }
}
