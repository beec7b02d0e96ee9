SELECT `FileName$10` AS `FileName` FROM (SELECT `FileName` AS `FileName$10` FROM `t`.`DeviceProcessEvents` WHERE hasToken(`ProcessCommandLine`, {p0:String}))
