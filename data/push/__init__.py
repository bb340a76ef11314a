"""Notifications on people's devices by web push: who gets one and when, sealed for one device, over the network."""
