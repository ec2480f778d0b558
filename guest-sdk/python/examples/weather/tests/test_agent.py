import json
import unittest

import agent
from cloister import Failure, HttpError, Response
from cloister.http import Cause
from cloister.testing import Host

SERVER = {"configuration": {"url": "https://weather.example"}}
MEASURED = {"place": "Bern", "sky": "rain", "celsius": 8}


def answer(_):
    return Response(200, [], json.dumps(MEASURED).encode())


class Weather(unittest.TestCase):
    def test_it_asks_the_server_and_the_model(self):
        host = Host(agent, **SERVER).with_http(answer).answering("In Bern it rains, at 8 °C.")
        said = host.say("weather in Bern?")
        self.assertEqual(said.texts, ["In Bern it rains, at 8 °C."])
        [asked] = host.requests
        self.assertEqual(asked.url, "https://weather.example/now?place=Bern")
        self.assertEqual(asked.header("authorization"), "Bearer {{secret:weather}}")
        self.assertIn('"celsius": 8', host.asked[0].messages[1].parts[0].value)
        [place] = host.kept.conversation_state.values()
        self.assertEqual(json.loads(place["place"]), "Bern")

    def test_without_a_model_it_says_so_in_plain_words(self):
        host = Host(agent, **SERVER).with_http(answer)
        self.assertEqual(host.say("Bern").texts, ["Bern: rain, 8 °C."])
        self.assertEqual(host.log[-1].fields, {"cause": "NOT_CONFIGURED"})

    def test_a_place_that_nobody_knows(self):
        host = Host(agent, **SERVER).with_http(lambda _: Response(404))
        self.assertEqual(host.say("Atlantis").texts, ["I know of no place called Atlantis."])
        self.assertEqual(host.kept.conversation_state, {})

    def test_a_server_that_does_not_answer(self):
        def late(_):
            raise HttpError(Cause.TIMED_OUT, "The server did not answer in time.")

        host = Host(agent, **SERVER).with_http(late)
        self.assertEqual(host.say("Bern").texts, ["I cannot reach the weather's server now."])
        # Where no host is allowed, it is no different.
        self.assertEqual(
            Host(agent, **SERVER).say("Bern").texts, ["I cannot reach the weather's server now."]
        )

    def test_a_configuration_that_lacks_the_server(self):
        with self.assertRaisesRegex(Failure, "set `url`"):
            Host(agent).say("Bern")
