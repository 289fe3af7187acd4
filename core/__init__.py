"""Everything of Layerloom that needs no screen: the language, the compiler, the data, the engine, the exports."""
