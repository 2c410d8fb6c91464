"""What check_coroutines.py must flag and what it must let pass. Each case is the inside of one coroutine, or a file."""
from typing import Callable, Iterable

BAD = {
    "a lambda with captures, spawned at once": "co_await co_spawn(ex, [t = std::move(t)]() { return work(t); }, token);",
    "a lambda with captures beside an awaited executor": "co_spawn(co_await executor, [&t] { return work(t); }, token);",
    "a lambda coroutine that captures, called at once": "co_await [t]() -> Task<void> { co_return; }();",
    "a lambda without captures, called at once": "co_await [](T value) -> Task<void> { co_return; }(std::move(t));",
    "a designated aggregate as an argument": "co_await send({.host = host, .port = 1});",
    "a named aggregate as an argument": "co_await send(Request{.host = host});",
    "an aggregate by reference": "co_await send_by_reference(Request{host, 1});",
    "a list as an argument": "co_await send_all({first, second});",
    "co_await inside an aggregate that is returned": "co_return Answer{co_await body(), 3};",
    "co_await inside a designated aggregate": "Answer a{.body = co_await body(), .code = 2};",
    "co_await inside an array": "Body both[] = {co_await body(), co_await body()};",
    "a conditional that awaits": "T value = known ? co_await body() : T();",
    "a conditional argument": "co_await send(known ? first() : second());",
    "co_await as a condition": "if (co_await ready()) co_return 1;",
    "co_await in a negated condition": "if (!(co_await ready())) { co_return 1; }",
    "co_await after an and": "if (open && co_await ready(t)) { co_await next(); }",
    "co_await in an if's initialiser": "if (auto r = co_await body(); r.ok()) { co_return 1; }",
    "co_await in an if's declaration": "if (auto r = co_await body()) co_return 1;",
    "co_await in a while": "while (co_await more()) { step(); }",
    "co_await at the end of a do": "do { step(); } while ((co_await body()).size() != 50);",
    "co_await in a for": "for (int i = 0; (co_await body()).size() == 50 && i < 2; ++i) { step(); }",
    "co_await in a range": "for (auto& t : co_await bodies()) { use(t); }",
    "co_await in a switch": "switch (co_await code()) { default: break; }",
    "a temporary object made with braces": "co_await Sender{t}.send();",
    "inside a lambda's own body": "auto f = [](T t) -> Task<void> { co_await send({t}); };",
    "after a block": "if (a) { step(); } co_await send({t});",
    "after a lambda": "auto f = [a] { return a; }; co_await send({t});",
    "in a catch's neighbour": "try { co_await send({t}); } catch (const E&) { seen = true; }",
    "over several lines": "co_await send(\n    first,\n    Request{\n        .host = host});",
}

GOOD = {
    "a plain wait": "co_await work();",
    "a value": "auto value = co_await work(std::move(t));",
    "a value that is const": "const Result<std::string> value = co_await work(t, 1, \"{?\");",
    "two lines instead of one": "const Request request{.host = host}; co_await send(request);",
    "a named lambda": "auto f = [t = std::move(t)] { return work(t); }; co_await co_spawn(ex, std::move(f), token);",
    "an executor": "const auto executor = co_await boost::asio::this_coro::executor;",
    "structured bindings": "auto [order, thrown] = co_await race.async_wait(wait_for_one(), use_awaitable);",
    "returned": "co_return co_await work();",
    "in a block of an if": "if (a ? b : c) { co_await work(); }",
    "under an if without a block": "if (Request{host}.ok()) co_await work();",
    "under an else": "if (a) step(); else co_await work();",
    "in a for's block": "for (int i = 0; i < 3; ++i) { co_await work(); }",
    "in a for without a block": "for (auto& t : list({1, 2})) co_await work(t);",
    "in a while's block": "while (!done) { co_await work(); }",
    "in a do's block": "do { co_await work(); } while (a ? b : c);",
    "in a try": "try { co_await work(); } catch (...) { failed = true; }",
    "in a case": "switch (x) { case A: { co_await work(); break; } case B: co_await other(); break; default: break; }",
    "after a braced value": "Request r{host}; co_await send(r);",
    "after a conditional": "auto t = a ? b : c; co_await send(t);",
    "after a lambda": "auto f = [a](int b) mutable -> Task<void> { return work(a, b); }; co_await send(f);",
    "before a conditional": "co_await send(t); auto u = a ? b : c;",
    "in a lambda that takes no captures": "auto f = [](T t) -> Task<T> { co_await work(t); co_return t; };",
    "in a lambda's argument list of lambdas": "spawn(\"x\", [](T t) -> Task<void> { co_await work(t); });",
    "a parenthesised member": "const auto size = (co_await body()).size();",
    "an index": "const auto first = (co_await bodies())[0];",
    "an index in an argument": "co_await send(list[0], list[index[1]]);",
    "in a comment": "co_await work(); // { ? [x]",
    "in a raw string": "co_await work(R\"({\"a\": [1, \"?\"]})\");",
    "a template's angle brackets": "co_await run_on<Result<T>>(there, std::move(work));",
    "a number with separators": "co_await sleep(1'000, 'a', '{');",
    "in a nested block": "{ co_await work(); }",
    "a label": "again: co_await work();",
}

FILES = {
    "a member function with qualifiers": ("struct A { Task<void> run() const& { co_await work(); } int x{1}; };", 0),
    "a constructor with a list before it": ("struct A { A() : x_{1}, y_(2) { } Task<void> run() noexcept { co_await work(); } };", 0),
    "a namespace in a namespace": ("namespace a { namespace b::c { Task<void> f() { co_await work(); } } }", 0),
    "a class with a base": ("class A final : public B<int> { Task<void> f() override { co_await work(); } };", 0),
    "a template function": ("template <class T> Task<T> f(T t) { co_return co_await work(t); }", 0),
    "a trailing return type": ("auto f(int a) -> Task<std::vector<int>> { co_await work(); co_return a; }", 0),
    "an enum and an array before": ("enum class E { a, b }; const int list[] = {1, 2}; Task<void> f() { co_await work(); }", 0),
    "a directive": ("#define X { ? \nTask<void> f() { co_await work(); }", 0),
    "the line is told": ("Task<void> f() {\n    step();\n    co_await send({1});\n}", 3),
}


def run(problems: Callable[[str], Iterable[tuple[int, str]]]) -> int:
    wrong = 0
    for name, body in BAD.items():
        if not list(problems(f"Task<int> f(T t) {{ {body} }}")):
            wrong += 1
            print(f"not flagged: {name}: {body}")
    for name, body in GOOD.items():
        for line, problem in problems(f"Task<int> f(T t) {{ {body}\n }}"):
            wrong += 1
            print(f"flagged without cause ({problem}): {name}: {body}")
    for name, (source, line) in FILES.items():
        lines = [at for at, _ in problems(source)]
        if lines != ([line] if line else []):
            wrong += 1
            print(f"wrong lines {lines}: {name}: {source}")
    print(f"{len(BAD) + len(GOOD) + len(FILES)} cases, {wrong} wrong")
    return 1 if wrong else 0
