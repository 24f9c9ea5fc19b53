"""Business systems behind one set of ports; knows nothing of Rasa, the gateway, or any one vendor outside adapters/."""
