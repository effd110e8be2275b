internal import CCoroutine
internal import EventLoop
internal import Glibc

/// Names for addresses, from the symbol tables of the program and its libraries.
///
/// The dynamic linker knows exported functions only, and of a Swift program nearly nothing is exported: closures and
/// private functions stand in the file's own symbol table. It is read once for all addresses that are new, and not kept.
/// Rejected: a table in memory (megabytes, for a rare question), `addr2line` (a program that may not be there).
enum Symbols {
    private struct Symbol {
        let function: String?
        let image: String?
    }

    private static let known = Lock<[UInt: Symbol]>([:])
    /// So that a program that asks for ever new addresses does not fill its memory.
    private static let limit = 100_000

    static func frames(_ addresses: [UInt]) -> [Hub.Backtrace.Frame] {
        learn(addresses)
        return known.withLock { known in
            addresses.map {
                Hub.Backtrace.Frame(address: $0, function: known[$0]?.function, image: known[$0]?.image)
            }
        }
    }

    /// Looks up what is not known yet; for many addresses at once cheaper than for each.
    static func learn(_ addresses: [UInt]) {
        let new = known.withLock { known in
            if known.count > limit { known = [:] }
            return Set(addresses).filter { known[$0] == nil }
        }
        guard !new.isEmpty else { return }
        var images: [UInt: (image: cg_image, addresses: [UInt])] = [:]
        var found: [UInt: Symbol] = [:]
        for address in new {
            var image = cg_image()
            if cg_image_of(address, &image) {
                images[image.base, default: (image, [])].addresses.append(address)
            } else {
                found[address] = Symbol(function: nil, image: nil)
            }
        }
        for (image, addresses) in images.values {
            let path = String(cString: image.path)
            let names = names(image, path, addresses)
            for address in addresses { found[address] = Symbol(function: names[address], image: path) }
        }
        known.withLock { $0.merge(found) { _, new in new } }
    }

    private static func names(_ image: cg_image, _ path: String, _ addresses: [UInt]) -> [UInt: String] {
        var names: [UInt: String] = [:]
        // As it was called, the program's path may be relative to a directory that is another one now.
        if let file = SymbolFile(image.is_program ? "/proc/self/exe" : path) {
            names = file.names(addresses, loadedAt: image.base)
        }
        for address in addresses where names[address] == nil {
            var exported = cg_image()
            guard cg_image_of(address, &exported), let symbol = exported.symbol else { continue }
            names[address] = String(cString: symbol)
        }
        return names.mapValues(readable)
    }

    private static func readable(_ name: String) -> String {
        guard let text = cg_demangle(name) else { return name }
        defer { free(text) }
        return String(cString: text)
    }
}
