/// What proves a right to a name in a launch, RFC 8334. The marks themselves are XML of RFC 7848, which nothing here
/// looks into: a signature is over the very characters.
public enum LaunchMarks: Sendable, Hashable {
    /// A code that was given for a mark, the mark, or both.
    public struct CodeMark: Sendable, Hashable {
        /// The code.
        public var code: String?
        /// Who gave it; nil for the Trademark Clearinghouse.
        public var validatorID: String?
        /// The mark: one element as XML.
        public var mark: String?

        /// A code, a mark, or both.
        public init(code: String? = nil, validatorID: String? = nil, mark: String? = nil) {
            self.code = code
            self.validatorID = validatorID
            self.mark = mark
        }
    }

    /// Codes or marks.
    case codes([CodeMark])
    /// Signed marks, encoded or not: each a `signedMark` or `encodedSignedMark` as XML.
    case signed([String])
}

extension LaunchMarks {
    /// Reads the marks among the children of an element; nil where there are none.
    init?(_ element: XMLTree.Element) throws(ParsingError) {
        var parts = XMLParts(of: element.tree)
        var codes: [CodeMark] = []
        var signed: [String] = []
        for child in element.children {
            if child.isNamed("codeMark", in: .launch) {
                let code = child.child("code", in: .launch)
                let mark = child.children.first { !$0.isIn(.launch) }
                codes.append(
                    CodeMark(
                        code: code?.token, validatorID: code?.tokenAttribute("validatorID"),
                        mark: try mark.map { mark throws(ParsingError) in try parts.xml(of: mark) }))
            } else if !child.isIn(.launch) {
                signed.append(try parts.xml(of: child))
            }
        }
        if codes.isEmpty, signed.isEmpty { return nil }
        self = codes.isEmpty ? .signed(signed) : .codes(codes)
    }

    func validate() throws(InvalidValue) {
        switch self {
        case .signed(let marks):
            guard !marks.isEmpty else { throw InvalidValue(field: "launch:create", reason: "has no signed mark") }
        case .codes(let codes):
            guard !codes.isEmpty else { throw InvalidValue(field: "launch:codeMark", reason: "is missing") }
            for item in codes {
                guard item.code != nil || item.mark != nil else {
                    throw InvalidValue(field: "launch:codeMark", reason: "has neither code nor mark")
                }
                if let code = item.code { try Validation.token(code, "launch:code", 1...Int.max) }
                if let id = item.validatorID {
                    try Validation.token(id, "launch:code validatorID", 1...Int.max)
                    guard item.code != nil else { throw InvalidValue(field: "launch:code", reason: "is missing") }
                }
            }
        }
    }

    func encode(to writer: inout XMLWriter) throws {
        switch self {
        case .signed(let marks):
            for mark in marks { try writer.raw(mark) }
        case .codes(let codes):
            for item in codes {
                try writer.element("launch:codeMark") { writer in
                    if let code = item.code {
                        writer.element(
                            "launch:code", attributes: [.init("validatorID", ifPresent: item.validatorID)], text: code)
                    }
                    if let mark = item.mark { try writer.raw(mark) }
                }
            }
        }
    }
}
