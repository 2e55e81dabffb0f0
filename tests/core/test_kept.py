from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from core.kept import kept_by_thread


def test_what_is_made_is_kept_for_its_arguments_and_shared_with_no_other_thread() -> None:
    @kept_by_thread
    def made(words: str) -> list[str]:
        return [words]

    assert made("a") is made("a")
    assert made("a") is not made("b")
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(made, "a").result()
        assert other is pool.submit(made, "a").result()
    assert other == made("a")
    assert other is not made("a")
