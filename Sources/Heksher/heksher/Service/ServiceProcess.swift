import ArgumentParser
import HeksherServer
import Logging
import NIOCore
import PosixSupport
import Synchronization
import Telemetry

/// A command that runs until a signal ends it.
protocol ServiceCommand: AsyncParsableCommand {}

/// The process of a service: its signals, the deadline for its end, and the line that lists the work that is cut off.
///
/// - SIGTERM and SIGINT end the process within `HEKSHER_SHUTDOWN_SECONDS`. After that time, the work in progress is logged and cancelled.
///   Half a second later, the process ends, even if some work still runs. A second SIGINT (Ctrl-C) ends it at once. A second SIGTERM
///   changes nothing, because supervisors repeat it.
/// - SIGHUP reads the configured files again. Without such files, it has no effect.
/// - SIGUSR1, SIGUSR2 and SIGPIPE are ignored.
final class ServiceProcess: Sendable {
    /// The process of this program, if it runs a service.
    static let current = ServiceProcess()

    /// The state that a signal affects.
    private struct State {
        var timeout = Duration.seconds(10)
        var phase = Phase.running
        /// The time of the timer, if it is set.
        var deadline: ContinuousClock.Instant?
        /// Cancels the work that is cut off at the deadline.
        var cancel: @Sendable () -> Void = {}
        /// Ends the service gracefully; `nil` until there is something to end.
        var shutDown: (@Sendable () -> Void)?
        var observability: Observability?
        /// Reads files again; `nil` until they have been read for the first time.
        var reload: (@Sendable (Logger) -> Void)?
        var reloadCount = 0
        var isReloading = false
    }

    private enum Phase {
        case running
        /// After a signal.
        case ending
        /// After the deadline.
        case cancelled
    }

    private let state = Mutex(State())
    /// The work in progress.
    let work = WorkUnderWay()
    /// The time in which the process must end after its work has been cancelled.
    private static let cancellationTime = Duration.milliseconds(500)
    /// The time for writing the last lines of the log.
    private static let flushTime = Duration.milliseconds(100)

    /// Whether a signal has begun to end the process.
    var isEnding: Bool { state.withLock { $0.phase != .running } }

    // MARK: Begin and end

    /// Sets the function that cancels the command, which is used until there is something that must end gracefully.
    func set(cancel: @escaping @Sendable () -> Void) {
        let mustCancel = state.withLock { state in
            // The command may have set up its graceful end already.
            guard state.shutDown == nil else { return false }
            state.cancel = cancel
            return state.phase != .running
        }
        // A signal came before there was a task.
        if mustCancel { cancel() }
    }

    /// Logs an error with which work stopped because of a signal.
    func tellOfEnd(by error: any Error) {
        state.withLock(\.observability)?.logger.debug("stopped by a signal", metadata: ["error": "\(error)"])
    }

    /// Checks the limits of the system, and takes over the signals. Call it while the process has no other threads.
    func begin() throws {
        // The code that reads the rest of the configuration reports errors in the variable.
        let timeout = try? ServiceConfiguration.shutdownTimeout(.environment)
        state.withLock { $0.timeout = timeout ?? ServiceConfiguration.defaultShutdownTimeout }
        // NIO and the concurrency runtime crash if they get no thread or no file, or wait forever.
        let cores = System.coreCount
        let threadCount = 2 * cores + 8
        let startable = ProcessLimits.startableThreads(upTo: threadCount)
        guard startable == threadCount else {
            throw StartError(
                "this process may start \(startable) threads, and the service needs \(threadCount): raise 'ulimit -u' of "
                    + "its user, or the limit of its container (pids)")
        }
        _ = ProcessLimits.raiseOpenFiles()
        let fileCount = 3 * cores + 26
        let openable = ProcessLimits.openableFiles(upTo: fileCount)
        guard openable == fileCount else {
            throw StartError(
                "this process may open \(openable) more files, and the service needs \(fileCount): raise 'ulimit -n'")
        }
        let ignored = [SIGPIPE, SIGUSR1, SIGUSR2]
        // The signals come first, because threads inherit that they are blocked.
        guard SignalThread.start([SIGTERM, SIGINT, SIGHUP], ignoring: ignored, receive: { self.receive($0) }),
            LineWriter.standardError.start()
        else { throw StartError("no thread can be started for signals: raise 'ulimit -u' of the service's user") }
    }

    /// Sets the logger of the service, and the function that reads its files again.
    func set(_ observability: Observability, reload: @escaping @Sendable (Logger) -> Void) {
        let mustReload = state.withLock { state in
            (state.observability, state.reload) = (observability, reload)
            return state.reloadCount > 0
        }
        if mustReload { reloadOnThread() }
    }

    /// Sets the functions that end the service gracefully, and that cut off the rest of it.
    func set(shutDown: @escaping @Sendable () -> Void, cancel: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            (state.shutDown, state.cancel) = (shutDown, cancel)
            return state.phase != .running
        }
        // A signal came before there was anything to end.
        if isLate { shutDown() }
    }

    // MARK: Signals, on their thread

    private func receive(_ event: SignalThread.Event) -> ContinuousClock.Instant? {
        switch event {
        case .signal(SIGHUP):
            state.withLock { $0.reloadCount += 1 }
            reloadOnThread()
        case .signal(let number): end(number)
        case .timer: cutOff()
        }
        return state.withLock(\.deadline)
    }

    private func end(_ signal: Int32) {
        let (isFirst, act) = state.withLock { state -> (Bool, @Sendable () -> Void) in
            guard state.phase == .running else { return (false, {}) }
            state.phase = .ending
            state.deadline = .now + state.timeout
            return (true, state.shutDown ?? state.cancel)
        }
        if isFirst { return act() }
        // A user at a terminal does not want to wait.
        if signal == SIGINT {
            tellWhatIsCutOff("a second SIGINT")
            exitNow(130)
        }
    }

    /// The time is over: cancels the work, and ends the process if that is not enough.
    private func cutOff() {
        let (phase, timeout, cancel) = state.withLock { ($0.phase, $0.timeout, $0.cancel) }
        if phase == .cancelled { exitNow(0) }
        tellWhatIsCutOff("\(timeout)")
        state.withLock { state in
            state.phase = .cancelled
            state.deadline = .now + Self.cancellationTime
        }
        cancel()
    }

    private func tellWhatIsCutOff(_ limit: String) {
        let underWay = work.description
        let text = underWay.isEmpty ? "the end of the process" : underWay
        let line =
            work.requestCount > 0 ? "requests under way were cut off" : "the service was cut off before it had ended"
        if let logger = state.withLock(\.observability)?.logger {
            logger.warning("\(line)", metadata: ["after": "\(limit)", "under_way": "\(text)"])
        } else {
            LineWriter.standardError.write("heksher: cut off after \(limit), while it started: \(text)")
        }
    }

    private func exitNow(_ status: Int32) -> Never {
        LineWriter.standardError.flush(within: Self.flushTime)
        // Nothing may block the end any longer: no handler of `exit`, and no lock of a stream.
        _exit(status)
    }

    // MARK: Files

    /// Reads the files again, on a separate thread: a file may be a pipe, or on an unavailable server.
    private func reloadOnThread() {
        let reload = state.withLock { state -> (reload: @Sendable (Logger) -> Void, logger: Logger)? in
            guard let reload = state.reload, let observability = state.observability, !state.isReloading else {
                return nil
            }
            state.isReloading = true
            return (reload, observability.logger)
        }
        guard let (reload, logger) = reload else { return }
        let isStarted = startThread {
            // A signal that comes while files are being read may concern files that have already been read.
            while self.state.withLock({ state in
                defer { state.reloadCount = 0 }
                state.isReloading = state.reloadCount > 0
                return state.isReloading
            }) {
                reload(logger)
            }
        }
        if !isStarted {
            state.withLock { $0.isReloading = false }
            logger.error("SIGHUP: no thread can be started to read the files again; send the signal again later")
        }
    }
}
