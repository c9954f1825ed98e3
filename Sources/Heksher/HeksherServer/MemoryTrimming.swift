import CMalloc
import HTTPGuard
import NIOPosix
import PosixSupport
import ServiceLifecycle

/// Drops kept responses that are no longer used, and returns memory to the system, also after a peak. Allocators keep freed memory for later
/// use, in pieces between used blocks.
struct MemoryTrimming: Service {
    /// The interval of the checks.
    private static let interval = Duration.seconds(5)
    /// The number of checks after which kept responses are dropped that have not been used since the last time.
    private static let checksBetweenDrops = 4
    /// The bytes of dropped responses that are worth returning.
    private static let worthwhileSize = 4 << 20
    /// The number of requests up to which the service counts as idle. Returning memory delays other allocations by up to a tenth of a
    /// second.
    private static let idleRequests = 2
    /// The number of checks after which memory is returned even if the service is not idle.
    private static let patience = 6

    private let load: ServiceLoad
    private let dropUnused: @Sendable () -> Int

    /// - Parameter dropUnused: drops kept responses that have not been used since the last call, and returns their size in bytes.
    init(_ load: ServiceLoad, dropUnused: @escaping @Sendable () -> Int = { 0 }) {
        CMalloc_setUp()
        self.load = load
        self.dropUnused = dropUnused
    }

    /// Runs until the service shuts down; if it ended earlier, the service would end with it. If the size cannot be read, because the
    /// process cannot open more files now, it can be read later.
    func run() async {
        await cancelWhenGracefulShutdown {
            // The resident size after memory was returned, or the smallest one since.
            var base = Self.residentSize ?? .max >> 1
            var (looksSincePeak, checks, droppedSize) = (0, 0, 0)
            while (try? await Task.sleep(for: Self.interval)) != nil {
                checks += 1
                if checks % Self.checksBetweenDrops == 0 { droppedSize += dropUnused() }
                guard let size = Self.residentSize else { continue }
                base = min(base, size)
                let isPeak = size > base + base / 10 + (4 << 20)
                looksSincePeak = isPeak ? looksSincePeak + 1 : 0
                guard isPeak || droppedSize >= Self.worthwhileSize else { continue }
                // A busy service soon uses the memory of dropped responses again.
                guard load.requestCount <= Self.idleRequests || looksSincePeak >= Self.patience else { continue }
                guard (try? await NIOThreadPool.singleton.runIfActive({ CMalloc_trim() })) == 1 else { continue }
                base = Self.residentSize ?? base
                (looksSincePeak, droppedSize) = (0, 0)
            }
        }
    }

    /// The number of bytes of physical memory that this process uses; `nil` if the system does not report it in this way.
    static var residentSize: Int? {
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var text = [UInt8](repeating: 0, count: 128)
        let count = read(file, &text, text.count)
        guard count > 0 else { return nil }
        let numbers = text[..<count].split(separator: UInt8(ascii: " "))
        guard numbers.count > 1, let pages = Int(String(decoding: numbers[1], as: UTF8.self)) else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
