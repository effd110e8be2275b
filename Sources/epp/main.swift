import EPPTool

EPPCommand.runProcess()
