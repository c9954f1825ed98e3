// The only file that knows the system's C library. Other targets get the C library by importing this one.
#if canImport(Glibc)
    @_exported public import Glibc
#elseif canImport(Musl)
    @_exported public import Musl
#elseif canImport(Darwin)
    @_exported public import Darwin
#endif

/// The maximum number of open files: the limit in effect, and the one that the process may raise it to.
func openFileLimit() -> rlimit? {
    var limit = rlimit()
    return getrlimit(openFiles, &limit) == 0 ? limit : nil
}

/// Raises the limit in effect.
func setOpenFileLimit(_ limit: rlimit) -> Bool {
    var limit = limit
    return setrlimit(openFiles, &limit) == 0
}

#if canImport(Glibc)
    private let openFiles = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
#else
    private let openFiles = RLIMIT_NOFILE
#endif

#if canImport(Glibc)
    let streamType = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
#elseif canImport(Musl)
    let streamType = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC
#endif
