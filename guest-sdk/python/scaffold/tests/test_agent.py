import unittest

import agent
from cloister.testing import Host


class Hello(unittest.TestCase):
    def test_it_says_hello(self):
        host = Host(agent)
        self.assertEqual(host.say("good morning").texts, ["Hello! You said: good morning"])
        self.assertEqual(host.log[0].message, "someone is here")


if __name__ == "__main__":
    unittest.main()
