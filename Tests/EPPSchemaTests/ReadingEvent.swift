@testable import EPP

/// What a reader finds in a document, in its order. Comments and instructions are none of it, and text on both sides of
/// one is one text.
enum ReadingEvent: Equatable, CustomStringConvertible {
    struct Attribute: Equatable, CustomStringConvertible {
        let uri: [UInt8]
        let name: [UInt8]
        let value: [UInt8]

        init(uri: String, name: String, value: String) {
            self.uri = Array(uri.utf8)
            self.name = Array(name.utf8)
            self.value = Array(value.utf8)
        }

        var description: String { "{\(shown(uri))}\(shown(name))=\(shown(value))" }
    }

    case start(uri: [UInt8], name: [UInt8], [Attribute])
    case text([UInt8])
    case end

    var description: String {
        switch self {
        case .start(let uri, let name, let attributes): "<{\(shown(uri))}\(shown(name)) \(attributes)>"
        case .text(let text): shown(text)
        case .end: "</>"
        }
    }

    static func start(_ uri: String, _ name: String, _ attributes: [Attribute]) -> ReadingEvent {
        .start(uri: Array(uri.utf8), name: Array(name.utf8), attributes)
    }

    static func append(text: String, to events: inout [ReadingEvent]) {
        guard !text.isEmpty else { return }
        if case .text(let before) = events.last {
            events[events.count - 1] = .text(before + Array(text.utf8))
        } else {
            events.append(.text(Array(text.utf8)))
        }
    }

    /// What the reader of EPP found.
    static func of(_ tree: XMLTree) -> [ReadingEvent] {
        var events: [ReadingEvent] = []
        var ends: [Int] = []
        for (place, node) in tree.nodes.enumerated() {
            while let end = ends.last, end <= place {
                events.append(.end)
                ends.removeLast()
            }
            guard node.kind == .element else {
                append(text: tree.text(of: node), to: &events)
                continue
            }
            let attributes = tree.attributes[Int(node.attributesStart)..<Int(node.attributesEnd)].map { attribute in
                Attribute(
                    uri: tree.uri(of: attribute.namespace), name: tree.string(attribute.localStart, attribute.nameEnd),
                    value: XMLTree.value(of: attribute, in: tree.bytes))
            }
            events.append(
                .start(tree.uri(of: node.namespace), tree.string(node.localStart, node.nameEnd), attributes))
            ends.append(Int(node.next))
        }
        return events + ends.map { _ in .end }
    }
}

private func shown(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self).debugDescription
}
