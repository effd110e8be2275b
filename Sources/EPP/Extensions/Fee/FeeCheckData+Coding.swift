extension FeeCheckData.Price {
    init(_ element: XMLTree.Element) throws {
        self.init(
            try FeeCommand(element), isStandard: try element.optionalFlag("standard") ?? false,
            fees: try element.children.filter { $0.isNamed("fee", in: .fee) }.map { try Fee($0) },
            credits: element.children.filter { $0.isNamed("credit", in: .fee) }.map { FeeCredit($0) },
            reason: element.child("reason", in: .fee).map { LocalizedText($0) })
    }

    func validate() throws(InvalidValue) {
        try command.validate()
        for fee in fees { try fee.validate() }
        for credit in credits { try credit.validate() }
        try reason?.validate("fee:reason")
    }

    func encode(to writer: inout XMLWriter) {
        command.encode(isStandard: isStandard, to: &writer) { writer in
            for fee in fees { fee.encode(to: &writer) }
            for credit in credits { credit.encode(to: &writer) }
            reason?.encode(as: "fee:reason", to: &writer)
        }
    }
}

extension FeeCheckData.Entry {
    init(_ element: XMLTree.Element) throws {
        guard let id = element.child("objID", in: .fee) else {
            self = try FeeDraft.entry(element)
            return
        }
        self.init(
            id.token, element: id.tokenAttribute("element") ?? "name",
            isAvailable: try element.optionalFlag("avail") ?? true, priceClass: element.token(of: "class", in: .fee),
            prices: try element.children.filter { $0.isNamed("command", in: .fee) }.map { try FeeCheckData.Price($0) },
            reason: element.child("reason", in: .fee).map { LocalizedText($0) })
    }

    func validate() throws(InvalidValue) {
        try Validation.token(id, "fee:objID", 1...255)
        try Validation.token(element, "fee:objID element", 1...255)
        if let priceClass { try Validation.token(priceClass, "fee:class", 0...Int.max) }
        for price in prices { try price.validate() }
        try reason?.validate("fee:reason")
    }

    func encode(to writer: inout XMLWriter) {
        writer.element("fee:cd", attributes: [.init("avail", ifPresent: isAvailable ? nil : "0")]) { writer in
            writer.element(
                "fee:objID", attributes: [.init("element", ifPresent: element == "name" ? nil : element)], text: id)
            writer.element("fee:class", ifPresent: priceClass)
            for price in prices { price.encode(to: &writer) }
            reason?.encode(as: "fee:reason", to: &writer)
        }
    }
}
