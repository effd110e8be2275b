/// The settings of one registry under a name.
struct Profile: Sendable {
    struct Entry: Sendable {
        let value: String
        /// Where it stands in its file, from 1.
        let line: Int
    }

    let name: String
    /// The file that it stands in.
    let path: String
    var entries: [Setting: Entry] = [:]

    var hasSecret: Bool { entries.keys.contains(where: \.isSecret) }
}
