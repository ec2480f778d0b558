"""The in-memory host, against an agent that uses all of it."""

import unittest
from datetime import timedelta

import agent
from cloister import Failure, FailureCode, HttpError, Response
from cloister.http import Cause
from cloister.testing import Host
from cloister.testing.cron import Cron


def said(host: Host, text: str) -> str:
    return " / ".join(host.say(text).texts)


class TheInMemoryHost(unittest.TestCase):
    def test_state_has_two_scopes_and_is_put_back(self):
        host = Host(agent)
        self.assertEqual(said(host, "remember a"), "1 1 ['a']")
        host.open_conversation()
        self.assertEqual(said(host, "remember a"), "2 1 ['a']")
        with self.assertRaises(Failure) as failed:
            host.say("half_done")
        self.assertIs(failed.exception.code, FailureCode.INTERNAL)
        self.assertEqual((said(host, "forget half"), host.sent), ("False", []))

    def test_history_has_what_was_said(self):
        host = Host(agent)
        host.say("one")
        self.assertEqual(said(host, "recall 5"), "CONTACT: one | AGENT: one")

    def test_timers_come_due_by_the_tests_clock(self):
        host = Host(agent)
        self.assertEqual(said(host, "later tea"), "['soon']")
        self.assertEqual(host.advance(timedelta(milliseconds=9)), [])
        [fired] = host.advance(timedelta(milliseconds=1))
        self.assertEqual((fired.name, fired.said.texts), ("soon", ["soon: tea"]))
        self.assertEqual(host.advance(timedelta(days=1)), [])

    def test_timers_that_repeat_come_at_each_of_their_slots(self):
        host = Host(agent)
        self.assertEqual(said(host, "daily all"), "news 30 8 * * MON-FRI 510")
        # The first of January 2026 is a Thursday.
        fired = host.advance(timedelta(days=7))
        self.assertEqual([one.said.texts for one in fired], [["news: all"]] * 5)
        self.assertEqual((said(host, "stop news"), said(host, "stop news")), ("True", "False"))
        self.assertEqual(host.advance(timedelta(days=7)), [])
        for wrong in ("", "* * * *", "60 * * * *", "* * * * MUN", "1-x * * * *", "*/0 * * * *", "0 0 30 2 *"):
            with self.assertRaises(ValueError):
                Cron(wrong).after(0)

    def test_speaking_first_and_files(self):
        host = Host(agent)
        host.say("speak up")
        self.assertEqual([sent.reply.text for sent in host.sent], ["first: up"])
        self.assertEqual(said(host, "keep it"), "['notes/one.txt'] it! False")

    def test_a_model_answers_what_the_test_says(self):
        host = Host(agent).answering("yes", "one two three")
        self.assertEqual(said(host, "ask you?"), "yes (STOP)")
        self.assertEqual(said(host, "stream it"), "3 pieces: one two three")
        self.assertEqual(host.signs, ["one ", "one two ", "one two three"])
        self.assertIn("UNAVAILABLE", said(host, "ask you?"))
        self.assertIn("ModelError NOT_CONFIGURED", said(Host(agent), "ask you?"))

    def test_servers_answer_what_the_test_says(self):
        host = Host(agent).with_http(lambda asked: Response(200, [], asked.body))
        self.assertEqual(said(host, "fetch POST https://a.example/ body"), "200 None body")
        self.assertEqual(host.requests[0].header("authorization"), "Bearer {{secret:key}}")

        def away(_):
            raise HttpError(Cause.UNREACHABLE, "It is away.")

        self.assertIn("UNREACHABLE: It is away.", said(host.with_http(away), "fetch GET https://a/"))

    def test_what_is_denied_is_a_typed_error(self):
        every = ["state", "model", "http", "workspace", "history"]
        host = Host(agent, denied=every).answering("no")
        for text in ("remember a", "ask a", "fetch GET https://a/", "keep a", "recall 1"):
            self.assertIn("DENIED", said(host, text), text)

    def test_buttons_and_files_of_replies(self):
        host = Host(agent)
        first, second = host.say("offer tea coffee")
        self.assertEqual([choice.value for choice in first.choices], ["tea", "coffee"])
        self.assertEqual(second.attachments[0].source.value, b"a")
        self.assertEqual(host.press("tea").texts, ["You chose tea."])

    def test_a_mistake_is_the_tests_to_see(self):
        with self.assertRaises(ZeroDivisionError):
            Host(agent).say("divide 0")
